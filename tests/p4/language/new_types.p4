// A type made with `type` is another one than what it is made of; casts go both ways; tables match on it.
#include "include/values.p4"

type bit<8> port_t;
type port_t inner_t;
typedef port_t alias_t;
const port_t special = (port_t)5;
port_t pick(in port_t l, in alias_t r) {
    return l == special ? r : l;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(port_t v) { hdr.o.x = (bit<8>)v; }
    table t {
        key = { (port_t)hdr.i.a : exact @name("port"); }
        actions = { set; NoAction; }
        const entries = {
            (port_t)1 : set((port_t)0x11);
            special : set(special);
        }
        default_action = NoAction();
    }

    apply {
        t.apply();
        port_t p = pick((port_t)hdr.i.a, (port_t)7);
        hdr.o.y = (bit<8>)p;
        inner_t n = (inner_t)p;
        hdr.o.z = (bit<16>)(bit<8>)(port_t)n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
