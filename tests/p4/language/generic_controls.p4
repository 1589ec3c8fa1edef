// 14: generic controls inside generic controls: type arguments that are made of the outer one's.
#include "include/values.p4"

control Copy<T>(in T from, out T to) {
    T kept;
    apply {
        kept = from;
        to = kept;
    }
}
control Pair<T>(inout T x, inout T y) {
    Copy<tuple<T, T>>() copy;
    tuple<T, T> before;
    tuple<T, T> after;
    apply {
        before = {x, y};
        copy.apply(before, after);
        x = after[1];
        y = after[0];
    }
}
control Keep<T>(in T from, out T to) {
    register<T>(1) r;
    apply {
        r.write(0, from);
        r.read(to, 0);
    }
}
control KeepTwo<T>(inout T x) {
    Keep<T>() keep;
    T y;
    apply {
        keep.apply(x, y);
        x = y;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Pair<bit<8>>() small;
    Pair<bit<16>>() large;
    KeepTwo<bit<32>>() keep;
    apply {
        bit<16> other = 0x1234;
        hdr.o = { 1, 2, 3, 0x12345678 };
        small.apply(hdr.o.x, hdr.o.y);
        large.apply(hdr.o.z, other);
        keep.apply(hdr.o.w);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
