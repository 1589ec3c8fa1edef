// PNA on DPDK: counters and meters that are told the packet's length.
#include <core.p4>
#include <dpdk/pna.p4>
#include "include/pna_frame.p4"

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    Counter<bit<32>, bit<8>>(4, PNA_CounterType_t.BYTES) told;
    DirectCounter<bit<32>>(PNA_CounterType_t.PACKETS_AND_BYTES) told_direct;
    Meter<bit<8>>(4, PNA_MeterType_t.BYTES) limits;
    action count_in_entry() { told_direct.count(32w1000); }
    table entries_that_count {
        key = { hdr.frame.a : exact; }
        actions = { count_in_entry; NoAction; }
        pna_direct_counter = told_direct;
    }
    apply {
        send_to_port((PortId_t)1);
        told.count(0);
        told.count(1, 100);
        entries_that_count.apply();
        PNA_MeterColor_t color = limits.dpdk_execute(2, PNA_MeterColor_t.GREEN, (bit<32>)hdr.frame.b);
        if (hdr.frame.kind == 1) {
            color = limits.dpdk_execute(3, (bit<32>)hdr.frame.b);
        }
        hdr.frame.b = color == PNA_MeterColor_t.GREEN ? 16w1 : color == PNA_MeterColor_t.YELLOW ? 16w2 : 16w3;
    }
}

PNA_NIC(FrameParser(), NoPre(), MyMain(), FrameDeparser()) main;
