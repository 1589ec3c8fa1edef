// P4-16 §17: a NIC for PNA.

#include <core.p4>
#include <pna.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type_; }
struct headers_t { ethernet_t ethernet; }
struct metadata_t { bit<8> x; }
struct hit_data_t { PortId_t port; }
control pre(in headers_t hdr, inout metadata_t meta, in pna_pre_input_metadata_t istd,
            inout pna_pre_output_metadata_t ostd) { apply { } }
parser prs(packet_in b, out headers_t hdr, inout metadata_t meta, in pna_main_parser_input_metadata_t istd) {
    state start { b.extract(hdr.ethernet); transition accept; }
}
control nic(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
            inout pna_main_output_metadata_t ostd) {
    action hit(PortId_t port) { send_to_port(port); restart_expire_timer(); }
    action learn() {
        hit_data_t data = { port = istd.input_port };
        AddEntryErrorStatus_t s = add_entry("hit", data, (ExpireTimeProfileId_t) 8w1);
        bool is_added = s == ADD_ENTRY_SUCCESS && add_entry("hit", data, (ExpireTimeProfileId_t) 8w1);
        if (!is_added) { drop_packet(); }
    }
    table t {
        key = { SelectByDirection(istd.direction, hdr.ethernet.src, hdr.ethernet.dst) : exact @name("mac"); }
        actions = { @tableonly hit; @defaultonly learn; }
        add_on_miss = true;
        default_action = learn();
    }
    apply {
        t.apply();
        mirror_packet((MirrorSlotId_t) 8w1, PNA_MIRROR_SESSION_TO_CPU);
        if (istd.direction == PNA_Direction_t.HOST_TO_NET) { meta.x = 1; }
    }
}
control dep(packet_out b, in headers_t hdr, in metadata_t meta, in pna_main_output_metadata_t ostd) {
    apply { b.emit(hdr); }
}
PNA_NIC(prs(), pre(), nic(), dep()) main;
