// Functions return structs and headers; a field of what was returned is read at once.
#include "include/values.p4"

struct pair_t {
    bit<8> l;
    bit<8> r;
}
pair_t make(in bit<8> n) {
    return { n, n + 1 };
}
output_t frame(in bit<8> n, in bool valid) {
    output_t h;
    if (!valid) {
        return h;
    }
    h = { n, n, 0, 0 };
    return h;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = make(hdr.i.a).r;
        pair_t p = make(make(hdr.i.a).r);
        hdr.o.y = p.r;
        output_t h = frame(3, false);
        hdr.o.z = h.isValid() ? 16w1 : 16w2;
        h = frame(4, true);
        hdr.o.w = (h.isValid() ? 8w1 : 8w2) ++ h.x ++ make(9).l ++ make(10).l;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
