// P4-16 §17: PNA with what DPDK has more.

#include <core.p4>
#include <dpdk/pna.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type_; }
struct headers_t { ethernet_t ethernet; }
struct metadata_t { bit<32> len; }
control pre(in headers_t hdr, inout metadata_t meta, in pna_pre_input_metadata_t istd,
            inout pna_pre_output_metadata_t ostd) { apply { } }
parser prs(packet_in b, out headers_t hdr, inout metadata_t meta, in pna_main_parser_input_metadata_t istd) {
    state start { b.extract(hdr.ethernet); transition accept; }
}
control nic(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
            inout pna_main_output_metadata_t ostd) {
    Meter<bit<32>>(16, PNA_MeterType_t.BYTES) m;
    Counter<bit<32>, bit<32>>(16, PNA_CounterType_t.BYTES) k;
    action hit(bit<32> port) { send_to_port((PortId_t) port); }
    action learn() {
        ExpireTimeProfileId_t profile = (ExpireTimeProfileId_t) 8w2;
        bool ok = add_entry(action_name = "hit", action_params = 32w5, expire_time_profile_id = profile);
        if (!ok) { drop_packet(); }
    }
    table t {
        key = { hdr.ethernet.dst : exact; }
        actions = { @tableonly hit; @defaultonly learn; }
        add_on_miss = true;
        default_action = learn();
    }
    apply {
        t.apply();
        PNA_MeterColor_t color = m.dpdk_execute(1, PNA_MeterColor_t.GREEN, meta.len);
        k.count(2, meta.len);
        if (color == PNA_MeterColor_t.RED) { recirculate(); }
    }
}
control dep(packet_out b, in headers_t hdr, in metadata_t meta, in pna_main_output_metadata_t ostd) {
    apply { b.emit(hdr); }
}
PNA_NIC(prs(), pre(), nic(), dep()) main;
