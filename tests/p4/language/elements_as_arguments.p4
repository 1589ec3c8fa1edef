// Elements that run-time indices choose, as arguments and on the left: chosen once, before what may change the index.
#include "include/values.p4"

struct pair_t { bit<8> first; bit<8> second; }

void both(inout bit<8> x, inout bit<8> y) {
    x = 9;
    y = y + 1;
}
void move(out bit<8> x, inout bit<1> index) {
    x = 5;
    index = 1;
}
bit<1> next(inout bit<1> index) {
    index = index + 1;
    return index;
}
void swap<T>(inout T x, inout T y) {
    T before = x;
    x = y;
    y = before;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<1> i = hdr.i.a[0:0];
        bit<8>[2] a = { 1, 7 };
        both(a[i], a[0]);       // a[0] is copied out last when i is 0
        hdr.o.x = a[0];
        both(a[i + 1], a[0]);
        hdr.o.y = a[1];

        a = { 1, 7 };
        move(a[i], i);          // the old index
        hdr.o.z = a[0] ++ a[1];
        a[next(i)] = (bit<8>)next(i);

        bit<1>[2] b = { 1, 0 };
        b[b[0]] = 1;
        b[b[0]] = 0;
        pair_t[2] pairs = { { 1, 2 }, { 3, 4 } };
        swap(pairs[i], pairs[1 - i]);
        pairs[i] = { pairs[1 - i].first, pairs[i].first };
        hdr.o.w = (a[0] ++ 6w0 ++ b[1] ++ b[0]) ++ (pairs[i].first ++ pairs[i].second);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
