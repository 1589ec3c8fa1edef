// random between equal ends, assert of what holds, and log_msg with data of all kinds.
#include "include/values.p4"

enum color_t { Red, Green }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        random(hdr.o.x, 8w3, 8w3);
        assert(hdr.o.x == 3);
        assume(hdr.i.isValid());
        bool known = static_assert(1 + 1 == 2, "numbers");
        log_msg("{} {} {} {}", { hdr.i.a, hdr.o.isValid(), color_t.Green, error.NoMatch });
        log_msg("header {}", { hdr.i });
        log_msg("struct {}", { standard_metadata });
        hdr.o.y = known ? 8w1 : 0;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
