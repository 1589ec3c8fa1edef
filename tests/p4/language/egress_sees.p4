// Metadata and headers go from ingress to egress; locals and blocks of one do not touch the other's.
#include "include/values.p4"

control Shared(inout bit<8> n) {
    bit<8> own = 1;
    apply {
        n = n + own;
        own = 9;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> n = 5;
    apply {
        meta.m = n;
        Shared.apply(meta.m);
        Shared.apply(meta.m);
        standard_metadata.egress_spec = 3;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> n = 6;
    apply {
        Shared.apply(meta.m);
        hdr.o.x = meta.m;
        hdr.o.y = n;
        hdr.o.z = (bit<16>)standard_metadata.egress_port;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), ValuesDeparser()) main;
