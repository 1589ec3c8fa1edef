// `exit` ends the block that it is in, with the controls that called it, and no other block (§12.5).
#include <core.p4>
#include <v1model.p4>

header step_t {
    bit<8> where;
    bit<8> verified;
    bit<8> ingress;
    bit<8> egress;
    bit<8> computed;
}

struct headers_t { step_t step; }
struct metadata_t { }

parser StepParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                  inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.step);
        transition accept;
    }
}

control Leave(in bit<8> where, in bit<8> here, inout bit<8> steps) {
    apply {
        steps = 1;
        if (where == here) {
            exit;
        }
        steps = 2;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
        Leave.apply(hdr.step.where, 1, hdr.step.verified);
        hdr.step.verified = 3;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        Leave.apply(hdr.step.where, 2, hdr.step.ingress);
        hdr.step.ingress = 3;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        Leave.apply(hdr.step.where, 3, hdr.step.egress);
        hdr.step.egress = 3;
    }
}

control Compute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        Leave.apply(hdr.step.where, 4, hdr.step.computed);
        hdr.step.computed = 3;
    }
}

control StepDeparser(packet_out packet, in headers_t hdr) {
    bit<8> steps = 0;
    apply {
        packet.emit(hdr.step);
        Leave.apply(hdr.step.where, 5, steps);
        packet.emit(hdr.step);
    }
}

V1Switch(StepParser(), Verify(), MyIngress(), MyEgress(), Compute(), StepDeparser()) main;
