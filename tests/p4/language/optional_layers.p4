// Layers that may be missing: a parser with many ways, a deparser that emits what is there, in order.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<16> dst;
    bit<16> type;
}
header vlan_t {
    bit<3>  pcp;
    bit<1>  dei;
    bit<12> vid;
    bit<16> type;
}
header ip_t {
    bit<8> protocol;
    bit<8> ttl;
}
header tcp_t { bit<16> port; }
header udp_t { bit<16> port; }

struct headers_t {
    ethernet_t ethernet;
    vlan_t[2]  vlan;
    ip_t       ip;
    tcp_t      tcp;
    udp_t      udp;
}
struct metadata_t {
    bit<16> port;
    bool    is_tcp;
}

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x8100: vlan;
            0x0800: ip;
            _: accept;
        }
    }
    state vlan {
        packet.extract(hdr.vlan.next);
        transition select(hdr.vlan.last.type) {
            0x8100: vlan;
            0x0800: ip;
            _: accept;
        }
    }
    state ip {
        packet.extract(hdr.ip);
        transition select(hdr.ip.protocol) {
            6: tcp;
            17: udp;
            _: accept;
        }
    }
    state tcp {
        packet.extract(hdr.tcp);
        meta.port = hdr.tcp.port;
        meta.is_tcp = true;
        transition accept;
    }
    state udp {
        packet.extract(hdr.udp);
        meta.port = hdr.udp.port;
        meta.is_tcp = false;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action drop() { mark_to_drop(standard_metadata); }
    action untag() {
        hdr.ethernet.type = hdr.vlan[0].type;
        hdr.vlan[0].setInvalid();
        standard_metadata.egress_spec = 2;
    }
    action tag(bit<12> vid) {
        hdr.vlan.push_front(1);
        hdr.vlan[0] = { 0, 0, vid, hdr.ethernet.type };
        hdr.ethernet.type = 0x8100;
        standard_metadata.egress_spec = 3;
    }
    table t {
        key = {
            hdr.vlan[0].isValid() : exact @name("tagged");
            hdr.vlan[0].vid : ternary @name("vid");
            hdr.ip.isValid() : exact @name("ip");
            meta.port : range @name("port");
            meta.is_tcp : ternary @name("tcp");
        }
        actions = { drop; untag; tag; }
        const default_action = drop();
        const entries = {
            (true, 5, true, _, _) : untag();
            (false, _, true, 80 .. 90, true) : tag(0x123);
            (false, _, true, 80 .. 90, _) : tag(0x456);
        }
    }
    apply {
        t.apply();
        if (hdr.ip.isValid()) {
            hdr.ip.ttl = hdr.ip.ttl |-| 1;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
