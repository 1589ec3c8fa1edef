// @name changes what the control plane calls a table, an action, a key; @hidden takes it from it.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    @name(".outside") action set(@name("value") bit<8> v) { hdr.o.x = v; }
    @name("renamed") action other(bit<8> v) { hdr.o.y = v; }
    @name("ports.t") table t {
        key = {
            hdr.i.a : exact @name("kind");
            hdr.i.b : ternary;
        }
        actions = { set; other; NoAction; }
        default_action = NoAction();
    }
    @hidden table always {
        actions = { set; }
        const default_action = set(0x44);
    }

    apply {
        if (t.apply().miss) {
            always.apply();
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
