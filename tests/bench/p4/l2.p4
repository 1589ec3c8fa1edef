// A switch that knows where each address is: one exact table of 48-bit keys. `make bench` runs it beside l2.spec.
#include <core.p4>
#include <v1model.p4>

#ifndef ENTRIES
#define ENTRIES 65536
#endif

header ethernet_t {
    bit<48> dst_addr;
    bit<48> src_addr;
    bit<16> ether_type;
}

struct headers_t {
    ethernet_t ethernet;
}

struct metadata_t {}

parser l2_parser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        transition accept;
    }
}

control l2_verify(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action forward(bit<9> port) {
        std.egress_spec = port;
    }
    action drop() {
        mark_to_drop(std);
    }
    table addresses {
        key = {
            hdr.ethernet.dst_addr : exact;
        }
        actions = {
            forward;
            drop;
        }
        default_action = drop();
        size = ENTRIES;
    }
    apply {
        addresses.apply();
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control l2_compute(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control l2_deparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
    }
}

V1Switch(l2_parser(), l2_verify(), ingress(), egress(), l2_compute(), l2_deparser()) main;
