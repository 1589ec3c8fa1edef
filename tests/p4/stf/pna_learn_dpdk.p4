// PNA on DPDK: add_entry says whether it did; the data may be a value; a hit never adds.
#include <core.p4>
#include <dpdk/pna.p4>
#include "include/pna_frame.p4"

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    bool is_added = false;
    action forward(bit<32> port) {
        send_to_port((PortId_t)port);
    }
    action learn() {
        is_added = add_entry(action_name = "forward", action_params = (bit<32>)8,
                             expire_time_profile_id = (ExpireTimeProfileId_t)8w1);
        send_to_port((PortId_t)1);
    }
    action learn_again() {
        is_added = add_entry("forward", 32w9);
        send_to_port((PortId_t)2);
    }
    table flows {
        key = { hdr.frame.kind : exact; }
        actions = { @tableonly forward; @defaultonly learn; }
        add_on_miss = true;
        const default_action = learn();
    }
    table fixed {
        key = { hdr.frame.kind : exact; }
        actions = { learn_again; NoAction; }
    }
    apply {
        if (hdr.frame.a == 0) {
            flows.apply();
        } else {
            fixed.apply();
        }
        hdr.frame.b = is_added ? 16w1 : 16w0;
    }
}

PNA_NIC(FrameParser(), NoPre(), MyMain(), FrameDeparser()) main;
