// A loop over the elements of a stack and of a list; the variable is a copy.
#include "include/values.p4"

header item_t { bit<8> n; }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        item_t[3] items;
        items[0] = { 1 };
        items[1] = { 2 };
        items[2] = { hdr.i.a };
        bit<8> sum = 0;
        for (item_t item in items) {
            sum = sum + item.n;
            item.n = 0;
        }
        hdr.o.x = sum;
        hdr.o.y = items[2].n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
