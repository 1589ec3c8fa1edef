// What packet scripts can speak of, all in one program: every match kind, counters, meters, registers, selectors, clones,
// groups, digests. Fuzzed scripts run over it.
#include <core.p4>
#include <v1model.p4>

header frame_t { bit<48> to; bit<48> from; bit<16> kind; }
header small_t { bit<7> a; bit<1> b; int<8> c; bit<64> d; }
struct headers_t { frame_t frame; small_t small; }
struct metadata_t { @field_list(1) bit<32> mark; bit<2> colour; }
struct seen_t { bit<48> from; bit<9> port; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    value_set<bit<16>>(4) kinds;
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.kind) { kinds: small; 0x1234: small; _: accept; }
    }
    state small { packet.extract(hdr.small); transition accept; }
}

control NoVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    counter(16, CounterType.packets_and_bytes) counted;
    direct_counter(CounterType.packets) each;
    meter(8, MeterType.bytes) limits;
    direct_meter<bit<2>>(MeterType.packets) limit;
    register<bit<33>>(16) kept;
    action_profile(8) members;
    action_selector(HashAlgorithm.crc16, 32w16, 32w8) chosen;

    action send(bit<9> port) { sm.egress_spec = port; }
    action copy(bit<16> group, bit<32> mark) { sm.mcast_grp = group; meta.mark = mark; }
    action clone_it(bit<8> session) { clone_preserving_field_list(CloneType.I2E, (bit<32>)session, 1); }
    action remember(bit<4> index, bit<33> value) {
        counted.count((bit<32>)index);
        limits.execute_meter((bit<32>)index, meta.colour);
        kept.write((bit<32>)index, value);
    }
    action learn() { digest<seen_t>(1, { hdr.frame.from, sm.ingress_port }); }
    action again() { resubmit_preserving_field_list(1); }
    action drop() { mark_to_drop(sm); }

    table exactly {
        key = { hdr.frame.to : exact; sm.ingress_port : exact @name("port"); }
        actions = { send; copy; clone_it; remember; learn; again; drop; NoAction; }
        counters = each;
        default_action = learn();
    }
    table longest {
        key = { hdr.frame.from : lpm; hdr.small.isValid() : exact; }
        actions = { send; drop; }
        size = 64;
    }
    table masked {
        key = { hdr.small.a : ternary; hdr.small.c : range; hdr.small.d : optional; hdr.small.b : ternary; }
        actions = { remember; copy; @defaultonly NoAction; }
        meters = limit;
        const default_action = NoAction();
    }
    table first {
        key = { hdr.frame.kind : ternary; }
        actions = { send; NoAction; }
        const entries = { 0x800 &&& 0xff00 : send(1); _ : NoAction(); }
    }
    table by_member { key = { hdr.frame.kind : exact; } actions = { send; drop; } implementation = members; }
    table by_group {
        key = { hdr.frame.kind : exact; hdr.frame.from : selector; hdr.frame.to : selector; }
        actions = { send; drop; NoAction; }
        implementation = chosen;
    }
    apply {
        first.apply();
        if (exactly.apply().miss) { longest.apply(); }
        limit.read(meta.colour);
        masked.apply();
        by_member.apply();
        by_group.apply();
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    apply { if (sm.instance_type == 1) { hdr.frame.to = (bit<48>)meta.mark; } }
}
control NoCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), MyDeparser()) main;
