// What stands behind return or exit never runs, in whatever block it is.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action leave() {
        return;
        hdr.o.x = 0xee;
    }

    apply {
        leave();
        hdr.o.y = 1;
        if (hdr.i.a == 1) {
            exit;
            hdr.o.y = 0xee;
        } else {
            return;
        }
        hdr.o.y = 0xdd;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
