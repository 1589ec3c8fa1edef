// 15.1: generic controls and parsers applied directly, with the type arguments that are given there: by themselves, of
// several types in one block, inside one another, and with externs and tables of their own.
#include "include/values.p4"

struct Both<T> { T first; T second; }

T same<T>(in T x) {
    T y;
    y = x;
    return y;
}
control Copy<T>(in T from, out T to) {
    T kept;
    apply {
        kept = from;
        to = kept;
    }
}
control Swap<T>(inout Both<T> both) {
    action swap() {
        T kept;
        kept = same(both.first);
        both.first = both.second;
        both.second = kept;
    }
    apply { swap(); }
}
control SwapTwo<T>(inout T x, inout T y) {
    Swap<T>() swap;
    apply {
        Both<T> both;
        Both<Both<T>> all;
        both = { x, y };
        Swap<T>.apply(both);        // y, x
        all.first = both;
        swap.apply(both);           // x, y
        all.second = both;
        Swap<Both<T>>.apply(all);   // x, y and y, x
        x = all.second.first;
        y = all.first.first;
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
    apply {
        T y;
        Keep<T>.apply(x, y);
        x = y;
    }
}
control Choose<T, U>(inout T x, in T by_default, in U key) {
    T kept;
    action keep() { kept = by_default; }
    action set(T value) { kept = value; }
    table t {
        key = { key : exact; x : ternary; }
        actions = { keep; set; }
        default_action = keep();
    }
    apply {
        t.apply();
        x = kept;
    }
}

typedef Choose<bit<32>, bit<16>> Wide;

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Choose<bit<8>, bit<8>>() small;
    Copy<tuple<bit<8>, bit<32>>>() copy;
    apply {
        bit<8> a;
        bit<16> c;
        tuple<bit<8>, bit<32>> t;
        Copy<bit<8>>.apply(hdr.i.a, a);
        Copy<bit<16>>.apply(hdr.i.c, c);
        Copy<tuple<bit<8>, bit<32>>>.apply({ hdr.i.b, hdr.i.d }, t);
        copy.apply(t, t);
        hdr.o = { a, t[0], c, t[1] };
        SwapTwo<bit<8>>.apply(hdr.o.x, hdr.o.y);
        KeepTwo<bit<16>>.apply(hdr.o.z);
        KeepTwo<bit<32>>.apply(hdr.o.w);
        small.apply(hdr.o.x, hdr.o.x, hdr.o.y);
        Wide.apply(hdr.o.w, hdr.o.w, hdr.o.z);
        Copy<headers_t>.apply(hdr, hdr);
    }
}

parser Take<T>(packet_in packet, out T to) {
    T kept;
    state start {
        packet.extract(kept);
        to = kept;
        transition accept;
    }
}
parser Look<T>(packet_in packet, out T to) {
    state start {
        T kept;
        kept = packet.lookahead<T>();
        to = kept;
        transition accept;
    }
}
parser LookAndTake<T, U>(packet_in packet, out T t, out U u) {
    state start {
        Look<U>.apply(packet, u);
        Take<T>.apply(packet, t);
        transition accept;
    }
}
parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        bit<16> ahead;
        LookAndTake<input_t, bit<16>>.apply(packet, hdr.i, ahead);
        transition select(ahead) {
            0xffff: swap;
            default: accept;
        }
    }
    state swap {
        hdr.i.c = hdr.i.c[7:0] ++ hdr.i.c[15:8];
        transition accept;
    }
}

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
