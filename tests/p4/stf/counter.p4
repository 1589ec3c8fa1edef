// Counters of ingress and egress; an index beyond the end counts nothing.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    counter(4, CounterType.packets_and_bytes) arrivals;
    apply {
        arrivals.count((bit<32>)hdr.frame.a);
        standard_metadata.egress_spec = 1;
        hdr.frame.setInvalid();
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    counter(2, CounterType.bytes) departures;
    apply { departures.count(1); }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
