// One instance is applied with one extern here and with another there, also through others and in its table's action.
#include "include/values.p4"

control Store(in bit<8> value, out bit<8> before, register<bit<8>> r) {
    action add(bit<8> more) { r.write(0, value + more); }
    table adding {
        key = { value : exact; }
        actions = { add; }
        const entries = { 5 : add(0x10); }
        default_action = add(0);
    }
    apply {
        r.read(before, 0);
        adding.apply();
    }
}
control Through(in bit<8> value, out bit<8> before, register<bit<8>> first, register<bit<8>> second) {
    Store() store;
    bit<8> ignored;
    apply {
        store.apply(value, before, first);
        store.apply(r = second, before = ignored, value = value + 1);
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<8>>(1) a;
    register<bit<8>>(1) b;
    register<bit<8>>(1) c;
    Through() through;
    bit<8> x;

    apply {
        through.apply(5, x, a, b);
        through.apply(7, hdr.o.x, b, c);
        a.read(hdr.o.y, 0);
        b.read(x, 0);
        hdr.o.z = (bit<16>)x;
        c.read(x, 0);
        hdr.o.w = (bit<32>)x;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
