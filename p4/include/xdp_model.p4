// xdp_model.p4: the architecture of packet processing in the Linux kernel's XDP. Programs are checked, not run.

#ifndef _XDP_MODEL_P4_
#define _XDP_MODEL_P4_

#include <ebpf_model.p4>

// What becomes of a packet.
enum xdp_action {
    XDP_ABORTED,
    XDP_DROP,
    XDP_PASS,
    XDP_TX,
    XDP_REDIRECT
}

struct xdp_input {
    bit<32> input_port;
}

struct xdp_output {
    xdp_action output_action;
    bit<32> output_port;
}

// Corrects a one's complement checksum for a word that changed from `old` to `new` (RFC 1624).
extern bit<16> csum_replace2(in bit<16> csum, in bit<16> old, in bit<16> new);
extern bit<16> csum_replace4(in bit<16> csum, in bit<32> old, in bit<32> new);

// Nanoseconds since the machine started.
extern bit<64> BPF_KTIME_GET_NS();

parser xdp_parse<H>(packet_in packet, out H headers);

control xdp_switch<H>(inout H headers, in xdp_input imd, out xdp_output omd);

control xdp_deparse<H>(in H headers, packet_out packet);

package xdp<H>(xdp_parse<H> p, xdp_switch<H> s, xdp_deparse<H> d);

#endif
