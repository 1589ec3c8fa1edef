// Where no copy of an argument is made, nobody may see it: an 'out' argument that another one reads, and a control that
// is applied once by its maker and once by another that was given it.
#include "include/values.p4"

parser Take(packet_in packet, out input_t into, in bit<8> step, out bit<8> seen) {
    state start {
        packet.extract(into);
        seen = step;
        transition accept;
    }
}
parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    Take() take;
    state start {
        hdr.i = { 4, 5, 6, 7 };
        take.apply(packet, hdr.i, hdr.i.b + 1, meta.m);
        transition accept;
    }
}

control Changer(inout bit<8> x);
control Bump(inout bit<8> n) { apply { n = n + 1; } }
control Through(inout bit<8> n)(Changer change) { apply { change.apply(n); } }
control Copy(out bit<8> to, in bit<8> from) { apply { to = from; } }
control Low(in bit<4> from, out bit<16> to) { apply { to = (bit<16>)from; } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Bump() bump;
    Through(bump) through;
    Copy() copy;
    Low() low;

    apply {
        hdr.o.setValid();
        bump.apply(hdr.i.a);
        through.apply(hdr.i.b);
        hdr.o.x = hdr.i.a;
        hdr.o.y = hdr.i.b;
        copy.apply(hdr.o.x, hdr.o.x + 0x10);
        hdr.o.z = hdr.i.c;
        low.apply(to = hdr.o.z, from = hdr.o.z[7:4]);
        hdr.o.w = (bit<32>)meta.m;
    }
}

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
