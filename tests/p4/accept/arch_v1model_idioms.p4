// P4-16 §17: what programs for v1model are used to write.

#include <core.p4>
#include <v1model.p4>
#define MAC_LEARN_RECEIVER 1
#define ETH(x) 16w##x
#define MAX_HOPS 9
typedef bit<48> mac_t;
typedef bit<32> ip4_t;
typedef bit<9> port_t;
const bit<16> TYPE_IPV4 = 0x800;
const bit<16> TYPE_VLAN = 0x8100;
const port_t CPU_PORT = 255;
const bit<32> INSTANCE_CLONE = 1;
enum bit<8> proto_t { ICMP = 1, TCP = 6, UDP = 17 }
error { BadTtl }
header eth_t { mac_t dst; mac_t src; bit<16> type_; }
header vlan_t { bit<3> pcp; bit<1> cfi; bit<12> vid; bit<16> type_; }
header ip_t {
    bit<4> version; bit<4> ihl; bit<6> dscp; bit<2> ecn; bit<16> len; bit<16> id; bit<3> flags; bit<13> frag;
    bit<8> ttl; proto_t proto; bit<16> sum; ip4_t src; ip4_t dst;
}
header opt_t { varbit<320> options; }
header tcp_t { bit<16> sport; bit<16> dport; bit<32> seq; bit<32> ack; bit<7> off; bit<9> flags; bit<48> rest; }
header udp_t { bit<16> sport; bit<16> dport; bit<16> len; bit<16> sum; }
header hop_t { bit<7> id; bool last; }
header_union l4_t { tcp_t tcp; udp_t udp; }
struct learn_t { mac_t src; port_t port; }
struct flow_t { ip4_t src; ip4_t dst; bit<16> sport; bit<16> dport; }
struct meta_t {
    @field_list(0, 2) port_t in_port;
    flow_t flow;
    bit<14> hash;
    bool is_l4;
    bit<2> color;
    error err;
}
struct headers_t { eth_t eth; vlan_t[2] vlan; ip_t ip; opt_t opt; l4_t l4; hop_t[MAX_HOPS] hops; }

bit<16> port_of(in l4_t l4, in bool source) {
    if (l4.tcp.isValid()) { return source ? l4.tcp.sport : l4.tcp.dport; }
    return source ? l4.udp.sport : l4.udp.dport;
}
mac_t broadcast() { return 48w0xFFFF_FFFF_FFFF; }

parser vlan_parser(packet_in b, inout vlan_t[2] vlan, out bit<16> next) {
    state start {
        b.extract(vlan.next);
        next = vlan.last.type_;
        transition select(vlan.last.type_, vlan.lastIndex) { (TYPE_VLAN, 0): start; default: accept; }
    }
}
parser prs(packet_in b, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    vlan_parser() vp;
    value_set<bit<16>>(4) tunnels;
    bit<16> type_ = 0;
    state start {
        meta.in_port = sm.ingress_port;
        transition select(sm.ingress_port) { CPU_PORT: skip; 0 .. 7: eth; _: eth; }
    }
    state skip { b.advance(64); transition eth; }
    state eth {
        b.extract(hdr.eth);
        type_ = hdr.eth.type_;
        transition select(hdr.eth.type_) {
            TYPE_VLAN &&& 0xEFFF: tagged;
            TYPE_IPV4: ip;
            tunnels: hops;
            ETH(0x9999): hops;
            default: accept;
        }
    }
    state tagged {
        vp.apply(b, hdr.vlan, type_);
        transition select(type_) { TYPE_IPV4: ip; default: accept; }
    }
    state ip {
        b.extract(hdr.ip);
        verify(hdr.ip.ttl > 0, error.BadTtl);
        transition select(hdr.ip.ihl) { 5: l4; 6 .. 15: options; default: reject; }
    }
    state options {
        b.extract(hdr.opt, ((bit<32>) hdr.ip.ihl - 5) << 5);
        transition l4;
    }
    state l4 {
        transition select(hdr.ip.frag, hdr.ip.proto) {
            (0, proto_t.TCP): tcp;
            (0, proto_t.UDP): udp;
            (_, _): accept;
        }
    }
    state tcp { b.extract(hdr.l4.tcp); transition accept; }
    state udp { b.extract(hdr.l4.udp); transition accept; }
    state hops {
        b.extract(hdr.hops.next);
        transition select(hdr.hops.last.last) { true: accept; false: hops; }
    }
}
control vrfy(inout headers_t hdr, inout meta_t meta) {
    apply {
        verify_checksum(hdr.ip.isValid() && hdr.ip.ihl == 5,
            { hdr.ip.version, hdr.ip.ihl, hdr.ip.dscp, hdr.ip.ecn, hdr.ip.len, hdr.ip.id, hdr.ip.flags, hdr.ip.frag,
              hdr.ip.ttl, hdr.ip.proto, hdr.ip.src, hdr.ip.dst },
            hdr.ip.sum, HashAlgorithm.csum16);
    }
}
control acl(in headers_t hdr, in flow_t flow, inout standard_metadata_t sm)(bit<32> size, bool strict) {
    direct_counter(CounterType.packets_and_bytes) hits;
    @name("acl_drop") action deny() { hits.count(); mark_to_drop(sm); exit; }
    action permit() { hits.count(); }
    @name("acl") table rules {
        key = {
            flow.src : ternary @name("src");
            flow.dst[31:16] : ternary;
            flow.dport : range;
            hdr.vlan[0].isValid() : exact;
            hdr.vlan[0].vid : optional;
            hdr.ip.proto : exact;
        }
        actions = { deny; permit; @defaultonly NoAction; }
        const default_action = NoAction();
        counters = hits;
        size = size;
        const entries = {
            (10 &&& 0xff, _, 1 .. 1023, true, 7, proto_t.TCP) : deny();
            (_, 16w0x0a00 &&& 0xff00, _, false, _, proto_t.UDP) : permit();
            (_, _, _, true, _, proto_t.TCP) : deny();
        }
    }
    apply { if (strict || hdr.ip.isValid()) { rules.apply(); } }
}
control ingress(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    register<bit<48>>(16384) last_seen;
    counter(512, CounterType.bytes) port_bytes;
    meter(512, MeterType.packets) port_meter;
    acl(1024, false) filter;
    bit<48> gap = 0;
    action learn() {
        digest<learn_t>(MAC_LEARN_RECEIVER, { hdr.eth.src, sm.ingress_port });
    }
    action set_port(port_t port) { sm.egress_spec = port; }
    action flood(bit<16> group) { sm.mcast_grp = group; }
    action route(mac_t dmac, mac_t smac, port_t port) {
        hdr.eth = { dmac, smac, hdr.eth.type_ };
        hdr.ip.ttl = hdr.ip.ttl |-| 1;
        set_port(port);
    }
    table smac {
        key = { hdr.eth.src : exact; sm.ingress_port : exact; }
        actions = { learn; NoAction; }
        const default_action = learn;
    }
    table dmac {
        key = { hdr.eth.dst : exact; }
        actions = { set_port; flood; NoAction; }
        default_action = NoAction;
        support_timeout = true;
    }
    table lpm_ {
        key = { hdr.ip.dst : lpm; meta.hash : selector; hdr.ip.src : selector; }
        actions = { route; NoAction; }
        implementation = action_selector(HashAlgorithm.identity, 1024, 14);
    }
    apply {
        if (sm.parser_error == error.BadTtl || sm.checksum_error == 1w1) { mark_to_drop(sm); return; }
        meta.is_l4 = hdr.l4.isValid();
        meta.flow = { hdr.ip.src, hdr.ip.dst, port_of(hdr.l4, true), port_of(hdr.l4, false) };
        meta.flow.sport = meta.is_l4 ? meta.flow.sport : 16w0;
        hash(meta.hash, HashAlgorithm.crc16, 14w0, meta.flow, 28w0x3fff);
        @atomic {
            last_seen.read(gap, (bit<32>) meta.hash);
            last_seen.write((bit<32>) meta.hash, sm.ingress_global_timestamp);
            gap = sm.ingress_global_timestamp - gap;
        }
        port_bytes.count((bit<32>) sm.ingress_port);
        port_meter.execute_meter((bit<32>) sm.ingress_port, meta.color);
        if (meta.color == V1MODEL_METER_COLOR_RED) { mark_to_drop(sm); }
        smac.apply();
        filter.apply(hdr, meta.flow, sm);
        switch (dmac.apply().action_run) {
            set_port: { meta.err = error.NoError; }
            flood: NoAction: { if (hdr.eth.dst == broadcast()) { sm.mcast_grp = 1; } }
        }
        if (hdr.ip.isValid() && !lpm_.apply().hit) { clone(CloneType.I2E, 32w100); }
        if (hdr.hops[0].isValid()) {
            hdr.hops.pop_front(1);
            hdr.hops[hdr.hops.size - 1].setInvalid();
        }
        if (hdr.ip.isValid()) {
            hdr.ip.ecn = hdr.ip.ecn | 2w3;
            hdr.ip.len = hdr.ip.len + (bit<16>) hdr.vlan[0].minSizeInBytes();
            hdr.ip.dscp = (bit<6>) hdr.vlan[0].pcp << 3;
            hdr.ip.id = hdr.ip.src[31:16] ^ hdr.ip.dst[15:0];
        } else if (meta.flow == { 0, 0, 0, 0 }) {
            hdr.vlan[1] = hdr.vlan[0];
        }
    }
}
control egress(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    action add_tag(bit<12> vid) {
        hdr.vlan.push_front(1);
        hdr.vlan[0].setValid();
        hdr.vlan[0] = { 0, 0, vid, hdr.eth.type_ };
        hdr.eth.type_ = TYPE_VLAN;
    }
    table tags { key = { sm.egress_port : exact; } actions = { add_tag; NoAction; } default_action = NoAction(); }
    apply {
        if (sm.instance_type == INSTANCE_CLONE) { truncate(128); }
        else if (sm.egress_rid != 0 && sm.egress_port == sm.ingress_port) { mark_to_drop(sm); }
        tags.apply();
        log_msg("{} left by {}", { hdr.eth.dst, sm.egress_port });
    }
}
control update(inout headers_t hdr, inout meta_t meta) {
    apply {
        update_checksum(hdr.ip.isValid(), { hdr.ip.version ++ hdr.ip.ihl, hdr.ip.ttl, hdr.ip.src, hdr.ip.dst },
            hdr.ip.sum, HashAlgorithm.csum16);
        update_checksum_with_payload(hdr.l4.udp.isValid(), { hdr.ip.src, 8w0, hdr.ip.proto }, hdr.l4.udp.sum,
            HashAlgorithm.csum16);
    }
}
control dep(packet_out b, in headers_t hdr) {
    apply {
        b.emit(hdr.eth);
        b.emit(hdr.vlan);
        b.emit(hdr.ip);
        b.emit(hdr.opt);
        b.emit(hdr.l4);
        b.emit(hdr.hops);
    }
}
V1Switch(
    p = prs(), ig = ingress(), vr = vrfy(), eg = egress(), ck = update(), dep = dep()
) main;
