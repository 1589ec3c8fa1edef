// Resubmission: the packet as it came in, with the metadata of the field list; all other metadata begin anew, the port of
// arrival and the time, too.
#include <core.p4>
#include <v1model.p4>

struct metadata_t {
    @field_list(5) bit<8> turns;
    bit<8> forgotten;
}
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (standard_metadata.instance_type == 0) {
            meta.turns = 0;
        }
        hdr.frame.b = hdr.frame.b + 1;
        meta.turns = meta.turns + 1;
        meta.forgotten = meta.forgotten + 1;
        standard_metadata.egress_spec = standard_metadata.ingress_port + 1;
        standard_metadata.mcast_grp = 1;  // resubmission goes before multicast
        if (meta.turns < hdr.frame.kind) {
            resubmit_preserving_field_list(5);
        } else {
            standard_metadata.mcast_grp = 0;
            hdr.frame.kind = meta.turns[2:0] ++ (standard_metadata.ingress_global_timestamp == 0 ? 1w1 : 0) ++
                             standard_metadata.packet_length[3:0];
            hdr.frame.a = standard_metadata.instance_type[3:0] ++ meta.forgotten[3:0];
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
