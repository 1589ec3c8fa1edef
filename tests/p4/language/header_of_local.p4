// Local headers and stacks within actions and functions begin invalid each time.
#include "include/values.p4"

header item_t { bit<8> n; }
bit<8> uses(in bool set) {
    item_t h;
    item_t[2] s;
    if (set) {
        h = { 5 };
        s[1] = { 6 };
    }
    return (h.isValid() ? 8w1 : 8w0) + (s[1].isValid() ? 8w2 : 8w0);
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action local(in bool set) {
        item_t h;
        if (set) {
            h.setValid();
        }
        hdr.o.z = h.isValid() ? hdr.o.z + 1 : hdr.o.z;
    }

    apply {
        hdr.o.x = uses(true);
        hdr.o.y = uses(false);
        local(true);
        local(false);
        local(false);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
