// PNA: a table that adds the keys that it misses: status of add_entry, its condition, actions with several parameters.
#include <core.p4>
#include <pna.p4>
#include "include/pna_frame.p4"

struct forward_t {
    PortId_t port;
    bit<16>  mark;
}

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    AddEntryErrorStatus_t status = ADD_ENTRY_SUCCESS;
    action forward(PortId_t port, bit<16> mark) {
        send_to_port(port);
        hdr.frame.b = mark;
    }
    action other() { send_to_port((PortId_t)9); }
    action learn() {
        forward_t data = { istd.input_port, hdr.frame.b + 1 };
        status = add_entry_if(hdr.frame.kind != 3, "forward", data, (ExpireTimeProfileId_t)8w0);
        send_to_port((PortId_t)1);
        hdr.frame.a = status == ADD_ENTRY_SUCCESS ? 8w0 : 8w1;
    }
    table flows {
        key = {
            hdr.frame.kind : exact;
            istd.input_port : exact @name("port");
        }
        actions = { @tableonly forward; @tableonly other; @defaultonly learn; }
        add_on_miss = true;
        const default_action = learn();
        size = 3;
    }
    apply {
        flows.apply();
    }
}

PNA_NIC(FrameParser(), NoPre(), MyMain(), FrameDeparser()) main;
