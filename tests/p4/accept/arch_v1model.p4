// P4-16 §17: a switch for v1model.

#include <core.p4>
#include <v1model.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type_; }
header ipv4_t {
    bit<4> version; bit<4> ihl; bit<8> diffserv; bit<16> total_len; bit<16> identification; bit<3> flags;
    bit<13> frag_offset; bit<8> ttl; bit<8> protocol; bit<16> checksum; bit<32> src; bit<32> dst;
}
struct headers_t { ethernet_t ethernet; ipv4_t ipv4; }
struct metadata_t { @field_list(1) bit<8> kept; bit<2> color; }
parser prs(packet_in b, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    state start {
        b.extract(hdr.ethernet);
        transition select(hdr.ethernet.type_) { 0x800: ipv4; default: accept; }
    }
    state ipv4 { b.extract(hdr.ipv4); verify(hdr.ipv4.version == 4, error.NoMatch); transition accept; }
}
control vrfy(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(), { hdr.ipv4.src, hdr.ipv4.dst }, hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    counter(16, CounterType.packets_and_bytes) total;
    direct_counter(CounterType.bytes) per_entry;
    meter(16, MeterType.bytes) policer;
    direct_meter<bit<2>>(MeterType.packets) direct;
    register<bit<32>>(1024) seen;
    action drop() { mark_to_drop(sm); per_entry.count(); }
    action forward(bit<9> port) {
        sm.egress_spec = port;
        hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
        direct.read(meta.color);
        per_entry.count();
    }
    table route {
        key = { hdr.ipv4.dst : lpm; }
        actions = { drop; forward; }
        default_action = drop();
        counters = per_entry;
        meters = direct;
        size = 1024;
    }
    table ranges {
        key = { hdr.ipv4.ttl : range; hdr.ipv4.src : optional; hdr.ipv4.dst : selector; }
        actions = { forward; NoAction; }
        implementation = action_selector(HashAlgorithm.crc16, 32w64, 32w14);
    }
    apply {
        bit<32> index;
        hash(index, HashAlgorithm.crc32, 32w0, { hdr.ipv4.src, hdr.ipv4.dst }, 32w1024);
        bit<32> n;
        seen.read(n, index);
        seen.write(index, n + 1);
        total.count(index & 15);
        policer.execute_meter(32w3, meta.color);
        random(n, 0, 10);
        digest(1, { hdr.ethernet.src, sm.ingress_port });
        if (route.apply().hit) { ranges.apply(); }
        clone_preserving_field_list(CloneType.I2E, 5, 1);
        log_msg("port {} ttl {}", { sm.egress_spec, hdr.ipv4.ttl });
        log_msg("done");
        assert(n <= 10);
        assume(true);
        resubmit_preserving_field_list(1);
        truncate(64);
    }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    apply {
        if (sm.instance_type == 1) { hdr.ethernet.src = sm.egress_global_timestamp; }
        if (sm.parser_error != error.NoError || sm.checksum_error == 1) { recirculate_preserving_field_list(1); }
    }
}
control compute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(true, { hdr.ipv4.src, hdr.ipv4.dst }, hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}
control dep(packet_out b, in headers_t hdr) { apply { b.emit(hdr); } }
V1Switch(prs(), vrfy(), ingress(), egress(), compute(), dep()) main;
