// Structs are equal when all their fields are; a header within counts with its validity.
#include "include/values.p4"

struct inner_t {
    bit<8>   n;
    output_t h;
}
struct outer_t {
    inner_t i;
    bool    b;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        outer_t l = { { 1, {#} }, true };
        outer_t r = { { 1, {#} }, true };
        hdr.o.x = l == r ? 8w1 : 8w0;
        r.i.h.setValid();
        hdr.o.y = l == r ? 8w1 : 8w0;
        l.i.h = { 1, 2, 3, 4 };
        r.i.h = { 1, 2, 3, 4 };
        hdr.o.z[15:8] = l == r ? 8w1 : 8w0;
        r.i.h.z = 5;
        hdr.o.z[7:0] = l != r ? 8w1 : 8w0;
        l.i.h.setInvalid();
        r.i.h.setInvalid();
        hdr.o.w[31:24] = l == r ? 8w1 : 8w0;
        r.b = false;
        hdr.o.w[23:16] = l == r ? 8w1 : 8w0;
        hdr.o.w[15:8] = hdr.i == { 1, 2, 3, 4 } ? 8w1 : 8w0;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
