// P4-16 §6.8, §10: functions that are given externs, each time another one; arrays of arrays beside.

#include <core.p4>
#include <v1model.p4>

header H {
    bit<8> a;
    bit<8> b;
}
struct Headers { H h; }
struct Meta { bit<8> first; }

void add<T>(register<T> into, in T value) {
    into.write(0, value);
}
void add_next(register<bit<8>> into, in bit<8> value) {
    add(into, value + 1);
}
bit<8> peek(packet_in packet) {
    return packet.lookahead<bit<8>>();
}
void put(packet_out packet, in H h) {
    packet.emit(h);
}

parser p(packet_in packet, out Headers hdr, inout Meta meta, inout standard_metadata_t standard) {
    state start {
        meta.first = peek(packet);
        packet.extract(hdr.h);
        transition accept;
    }
}
control verify_checksums(inout Headers hdr, inout Meta meta) { apply { } }
control ingress(inout Headers hdr, inout Meta meta, inout standard_metadata_t standard) {
    register<bit<8>>(1) one;
    register<bit<8>>(1) other;
    register<bit<16>>(1) wide;
    bit<8> counts[2][3];
    apply {
        add_next(one, 1);
        add(value = 8w40, into = other);
        add_next(other, hdr.h.b);
        add(wide, 16w0x1100);
        one.read(counts[0][2], 0);
        other.read(counts[1][hdr.h.a[1:0]], 0);
        bit<16> both;
        wide.read(both, 0);
        hdr.h.b = counts[0][2] + counts[1][1] + both[15:8];
        hdr.h.a = meta.first << 4s4;
        standard.egress_spec = 1;
    }
}
control egress(inout Headers hdr, inout Meta meta, inout standard_metadata_t standard) { apply { } }
control compute_checksums(inout Headers hdr, inout Meta meta) { apply { } }
control deparser(packet_out packet, in Headers hdr) {
    apply { put(packet, hdr.h); }
}

V1Switch(p(), verify_checksums(), ingress(), egress(), compute_checksums(), deparser()) main;
