// P4-16 §11.3.1: an abstract method that is given an extern names it as it likes.

#include <core.p4>
#include <v1model.p4>

extern adder {
    adder();
    abstract bit<8> add(in bit<8> value, register<bit<8>> cells);
}

header H {
    bit<8> a;
    bit<8> b;
}
struct Headers { H h; }
struct Meta { }

parser p(packet_in packet, out Headers hdr, inout Meta meta, inout standard_metadata_t standard) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control check(inout Headers hdr, inout Meta meta) { apply { } }
control ingress(inout Headers hdr, inout Meta meta, inout standard_metadata_t standard) {
    register<bit<8>>(1) one;
    register<bit<8>>(1) other;
    adder() stored = {
        bit<8> add(in bit<8> amount, register<bit<8>> given) {
            bit<8> found;
            given.read(found, 0);
            return found + amount;
        }
    };
    apply {
        hdr.h.a = stored.add(1, one);
        hdr.h.b = stored.add(2, other);
    }
}
control egress(inout Headers hdr, inout Meta meta, inout standard_metadata_t standard) { apply { } }
control compute(inout Headers hdr, inout Meta meta) { apply { } }
control deparser(packet_out packet, in Headers hdr) { apply { packet.emit(hdr.h); } }

V1Switch(p(), check(), ingress(), egress(), compute(), deparser()) main;
