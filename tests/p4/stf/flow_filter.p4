// A firewall that lets answers in: a Bloom filter of two registers, filled by what goes out; then the flow's hash
// chooses one of two next hops; probes count bytes per port.
#include <core.p4>
#include <v1model.p4>

#define FILTER_BITS 4096

header eth_t { bit<48> dst; bit<48> src; bit<16> type; }
header ip_t {
    bit<4> version; bit<4> ihl; bit<8> tos; bit<16> len; bit<16> id; bit<3> flags; bit<13> off;
    bit<8> ttl; bit<8> proto; bit<16> sum; bit<32> src; bit<32> dst;
}
header tcp_t {
    bit<16> sport; bit<16> dport; bit<32> seq; bit<32> ack; bit<4> off; bit<4> res;
    bit<1> cwr; bit<1> ece; bit<1> urg; bit<1> ack_; bit<1> psh; bit<1> rst; bit<1> syn; bit<1> fin;
    bit<16> win; bit<16> sum; bit<16> urgent;
}
header count_t { bit<8> port; bit<32> bytes; }
struct meta_t { bit<14> choice; }
struct headers_t { eth_t eth; ip_t ip; tcp_t tcp; count_t count; }

parser P(packet_in pk, out headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    state start {
        pk.extract(h.eth);
        transition select(h.eth.type) { 16w0x800: ip; 16w0x812: count; default: accept; }
    }
    state count { pk.extract(h.count); transition accept; }
    state ip {
        pk.extract(h.ip);
        if (h.ip.proto == 6) {
            pk.extract(h.tcp);
        }
        transition accept;
    }
}
control V(inout headers_t h, inout meta_t m) { apply { } }

control I(inout headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    register<bit<1>>(FILTER_BITS) filter_1;
    register<bit<1>>(FILTER_BITS) filter_2;
    bit<32> at_1; bit<32> at_2;
    bit<1> is_1; bit<1> is_2;
    bit<1> direction;

    action hashes(bit<32> one, bit<32> two, bit<16> p1, bit<16> p2) {
        hash(at_1, HashAlgorithm.crc16, (bit<32>)0, { one, two, p1, p2, h.ip.proto }, (bit<32>)FILTER_BITS);
        hash(at_2, HashAlgorithm.crc32, (bit<32>)0, { one, two, p1, p2, h.ip.proto }, (bit<32>)FILTER_BITS);
    }
    action way(bit<1> dir) { direction = dir; }
    table ports {
        key = { sm.ingress_port: exact; }
        actions = { way; NoAction; }
        size = 16;
        default_action = NoAction();
    }
    action choose(bit<16> base, bit<32> number) {
        hash(m.choice, HashAlgorithm.crc16, base,
             { h.ip.src, h.ip.dst, h.ip.proto, h.tcp.sport, h.tcp.dport }, number);
    }
    table group { key = { h.ip.dst: lpm; } actions = { choose; NoAction; } const default_action = NoAction; }
    action hop(bit<9> port) { sm.egress_spec = port; }
    table next { key = { m.choice: exact; } actions = { hop; @defaultonly NoAction; } const default_action = NoAction; }
    apply {
        if (h.count.isValid()) {
            sm.egress_spec = sm.ingress_port;
            return;
        }
        if (!h.ip.isValid()) { mark_to_drop(sm); exit; }
        group.apply();
        next.apply();
        if (!h.tcp.isValid()) { return; }
        direction = 0;
        if (ports.apply().hit) {
            if (direction == 0) { hashes(h.ip.src, h.ip.dst, h.tcp.sport, h.tcp.dport); }
            else { hashes(h.ip.dst, h.ip.src, h.tcp.dport, h.tcp.sport); }
            if (direction == 0) {
                if (h.tcp.syn == 1) { filter_1.write(at_1, 1); filter_2.write(at_2, 1); }
            } else {
                filter_1.read(is_1, at_1);
                filter_2.read(is_2, at_2);
                if (is_1 != 1 || is_2 != 1) { mark_to_drop(sm); }
            }
        }
    }
}
control E(inout headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    register<bit<32>>(16) bytes;
    apply {
        bit<32> sum;
        bit<32> new_sum;
        bytes.read(sum, (bit<32>)sm.egress_port);
        new_sum = h.count.isValid() ? 0 : sum + sm.packet_length;
        bytes.write((bit<32>)sm.egress_port, new_sum);
        if (h.count.isValid()) { h.count.bytes = sum; h.count.port = (bit<8>)sm.egress_port; }
        if (h.ip.tos[1:0] != 0 && sm.enq_qdepth >= 19w10) { h.ip.tos[1:0] = 2w3; }
    }
}
control C(inout headers_t h, inout meta_t m) { apply { } }
control D(packet_out pk, in headers_t h) { apply { pk.emit(h); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
