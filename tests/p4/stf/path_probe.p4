// A path probe as tutorials have it: an IP option into which each switch pushes its number and queue depth; source
// routing in front of it; a calculator beside it. The deparser emits what became valid.
#include <core.p4>
#include <v1model.p4>

const bit<16> kIp = 0x0800;
const bit<16> kRoute = 0x1234;
const bit<16> kCalc = 0x1212;
const bit<5> kProbe = 31;
#define MAX_HOPS 9

typedef bit<9> port_t;
error { OptionTooShort }

header eth_t { bit<48> dst; bit<48> src; bit<16> type; }
header hop_t { bit<1> last_one; bit<15> port; }
header ip_t {
    bit<4> version; bit<4> ihl; bit<8> tos; bit<16> len; bit<16> id; bit<3> flags; bit<13> off;
    bit<8> ttl; bit<8> proto; bit<16> sum; bit<32> src; bit<32> dst;
}
header option_t { bit<1> copy; bit<2> class; bit<5> kind; bit<8> len; }
header probe_t { bit<16> count; }
header trace_t { bit<32> id; bit<32> depth; }
header calc_t { bit<8> p; bit<8> four; bit<8> ver; bit<8> op; bit<32> a; bit<32> b; bit<32> r; }

struct meta_t { bit<16> left; }
struct headers_t {
    eth_t eth; hop_t[MAX_HOPS] hops; ip_t ip; option_t option; probe_t probe; trace_t[MAX_HOPS] traces; calc_t calc;
}

parser P(packet_in pk, out headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    state start {
        pk.extract(h.eth);
        transition select(h.eth.type) { kRoute: hop; kIp: ip; kCalc: look; default: accept; }
    }
    state hop {
        pk.extract(h.hops.next);
        transition select(h.hops.last.last_one) { 1: ip; default: hop; }
    }
    state ip {
        pk.extract(h.ip);
        verify(h.ip.ihl >= 5, error.HeaderTooShort);
        transition select(h.ip.ihl) { 5: accept; default: option; }
    }
    state option {
        pk.extract(h.option);
        transition select(h.option.kind) { kProbe: probe; default: accept; }
    }
    state probe {
        pk.extract(h.probe);
        m.left = h.probe.count;
        transition select(m.left) { 0: accept; default: trace; }
    }
    state trace {
        pk.extract(h.traces.next);
        m.left = m.left - 1;
        transition select(m.left) { 0: accept; default: trace; }
    }
    state look {
        transition select(pk.lookahead<calc_t>().p, pk.lookahead<calc_t>().four, pk.lookahead<calc_t>().ver) {
            (0x50, 0x34, 0x01): calc;
            default: accept;
        }
    }
    state calc { pk.extract(h.calc); transition accept; }
}
control V(inout headers_t h, inout meta_t m) { apply { } }

control I(inout headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    action drop() { mark_to_drop(sm); }
    action forward(bit<48> dst, port_t port) {
        sm.egress_spec = port;
        h.eth.src = h.eth.dst;
        h.eth.dst = dst;
        h.ip.ttl = h.ip.ttl - 1;
    }
    table lpm {
        key = { h.ip.dst: lpm; }
        actions = { forward; drop; NoAction; }
        size = 1024;
        default_action = drop();
    }
    action route() {
        sm.egress_spec = (port_t)h.hops[0].port;
        h.hops.pop_front(1);
    }
    action answer(bit<32> r) {
        h.calc.r = r;
        bit<48> t = h.eth.dst;
        h.eth.dst = h.eth.src;
        h.eth.src = t;
        sm.egress_spec = sm.ingress_port;
    }
    action add() { answer(h.calc.a + h.calc.b); }
    action sub() { answer(h.calc.a - h.calc.b); }
    action mask() { answer(h.calc.a & h.calc.b); }
    table calculate {
        key = { h.calc.op: exact; }
        actions = { add; sub; mask; drop; }
        const default_action = drop();
        const entries = { 0x2b: add(); 0x2d: sub(); 0x26: mask(); }
    }
    apply {
        if (h.calc.isValid()) {
            calculate.apply();
        } else if (h.hops[0].isValid()) {
            if (h.hops[0].last_one == 1) { h.eth.type = kIp; }
            route();
            if (h.ip.isValid()) { h.ip.ttl = h.ip.ttl - 1; }
        } else if (h.ip.isValid() && sm.parser_error == error.NoError) {
            lpm.apply();
        } else {
            drop();
        }
    }
}
control E(inout headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    action trace(bit<32> id) {
        h.probe.count = h.probe.count + 1;
        h.traces.push_front(1);
        h.traces[0].setValid();
        h.traces[0].id = id;
        h.traces[0].depth = (bit<32>)sm.deq_qdepth;
        h.ip.ihl = h.ip.ihl + 2;
        h.option.len = h.option.len + 8;
        h.ip.len = h.ip.len + 8;
    }
    table tracing { actions = { trace; NoAction; } default_action = NoAction(); }
    apply { if (h.probe.isValid()) { tracing.apply(); } }
}
control C(inout headers_t h, inout meta_t m) {
    apply {
        update_checksum(h.ip.isValid(),
            { h.ip.version, h.ip.ihl, h.ip.tos, h.ip.len, h.ip.id, h.ip.flags, h.ip.off, h.ip.ttl, h.ip.proto,
              h.ip.src, h.ip.dst }, h.ip.sum, HashAlgorithm.csum16);
    }
}
control D(packet_out pk, in headers_t h) {
    apply {
        pk.emit(h.eth); pk.emit(h.hops); pk.emit(h.ip); pk.emit(h.option); pk.emit(h.probe); pk.emit(h.traces);
        pk.emit(h.calc);
    }
}
V1Switch(P(), V(), I(), E(), C(), D()) main;
