// Controls and parsers that others are given when they are made: the type that they are known by names the parameters
// in its own way.
#include "include/values.p4"

parser Skipper(packet_in p, out bit<8> n);
parser One(packet_in from, out bit<8> seen) {
    state start {
        seen = from.lookahead<bit<8>>();
        from.advance(8);
        transition accept;
    }
}
parser Two(packet_in p, out bit<8> sum)(Skipper skip) {
    bit<8> first;
    bit<8> second;
    state start {
        skip.apply(p, first);
        skip.apply(n = second, p = p);
        sum = first + second;
        transition accept;
    }
}
parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    One() one;
    Two(one) two;
    state start {
        packet.extract(hdr.i);
        two.apply(packet, meta.m);
        transition accept;
    }
}

control Step<T>(inout T value, register<bit<8>> memory);
control Bump(inout bit<8> n, register<bit<8>> r)(bit<8> by) {
    action add(bit<8> more) { n = n + more; }
    table adding {
        actions = { add; }
        default_action = add(by);
    }
    apply {
        adding.apply();
        r.write(0, n);
    }
}
control Twice<T>(inout T x, register<bit<8>> r)(Step<T> step) {
    apply {
        step.apply(x, r);
        step.apply(memory = r, value = x);
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<8>>(1) a;
    register<bit<8>>(1) b;
    Bump(3) bump;
    Twice<bit<8>>(bump) twice;
    Twice<bit<8>>(Bump(1)) other;
    bit<8> x;

    apply {
        hdr.o.setValid();
        hdr.o = { 0, 0, 0, 0 };
        hdr.o.x = meta.m;
        twice.apply(hdr.o.x, a);
        other.apply(hdr.o.y, b);
        a.read(x, 0);
        hdr.o.z = (bit<16>)x;
        b.read(x, 0);
        hdr.o.w = (bit<32>)x;
    }
}

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
