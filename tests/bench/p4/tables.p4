// TABLES exact tables in a row, each of which gives the next one's key: how the cost grows with the size of a program.
// `make bench` runs it beside the same tables in SWX.
#include <core.p4>
#include <v1model.p4>

#ifndef ENTRIES
#define ENTRIES 4096
#endif
#ifndef TABLES
#define TABLES 1
#endif

#define TABLE(NAME)                   \
    table NAME {                      \
        key = {                       \
            meta.label : exact;       \
        }                             \
        actions = {                   \
            step;                     \
            drop;                     \
        }                             \
        default_action = drop();      \
        size = ENTRIES;               \
    }

header tag_t {
    bit<16> dst_high;
    bit<32> label;
    bit<48> src_addr;
    bit<16> ether_type;
}

struct headers_t {
    tag_t tag;
}

struct metadata_t {
    bit<32> label;
}

parser row_parser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.tag);
        transition accept;
    }
}

control row_verify(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action step(bit<32> label) {
        meta.label = label;
    }
    action drop() {
        mark_to_drop(std);
    }
    TABLE(step_1)
#if TABLES >= 2
    TABLE(step_2)
#endif
#if TABLES >= 3
    TABLE(step_3)
#endif
#if TABLES >= 4
    TABLE(step_4)
#endif
#if TABLES >= 5
    TABLE(step_5)
#endif
#if TABLES >= 6
    TABLE(step_6)
#endif
#if TABLES >= 7
    TABLE(step_7)
#endif
#if TABLES >= 8
    TABLE(step_8)
#endif
#if TABLES >= 9
    TABLE(step_9)
#endif
#if TABLES >= 10
    TABLE(step_10)
#endif
#if TABLES >= 11
    TABLE(step_11)
#endif
#if TABLES >= 12
    TABLE(step_12)
#endif
#if TABLES >= 13
    TABLE(step_13)
#endif
#if TABLES >= 14
    TABLE(step_14)
#endif
#if TABLES >= 15
    TABLE(step_15)
#endif
#if TABLES >= 16
    TABLE(step_16)
#endif
    apply {
        meta.label = hdr.tag.label;
        step_1.apply();
#if TABLES >= 2
        step_2.apply();
#endif
#if TABLES >= 3
        step_3.apply();
#endif
#if TABLES >= 4
        step_4.apply();
#endif
#if TABLES >= 5
        step_5.apply();
#endif
#if TABLES >= 6
        step_6.apply();
#endif
#if TABLES >= 7
        step_7.apply();
#endif
#if TABLES >= 8
        step_8.apply();
#endif
#if TABLES >= 9
        step_9.apply();
#endif
#if TABLES >= 10
        step_10.apply();
#endif
#if TABLES >= 11
        step_11.apply();
#endif
#if TABLES >= 12
        step_12.apply();
#endif
#if TABLES >= 13
        step_13.apply();
#endif
#if TABLES >= 14
        step_14.apply();
#endif
#if TABLES >= 15
        step_15.apply();
#endif
#if TABLES >= 16
        step_16.apply();
#endif
        std.egress_spec = (bit<9>) (meta.label & 7);
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control row_compute(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control row_deparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.tag);
    }
}

V1Switch(row_parser(), row_verify(), ingress(), egress(), row_compute(), row_deparser()) main;
