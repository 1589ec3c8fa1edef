// ubpf_model.p4: the architecture of a switch in user-space eBPF. Programs are checked, not run.
//
// A program may define UBPF_MODEL_VERSION before it includes this file. From 20200515 on, the parser and the pipeline
// have a parameter of type standard_metadata.

#ifndef _UBPF_MODEL_P4_
#define _UBPF_MODEL_P4_

#ifndef UBPF_MODEL_VERSION
#define UBPF_MODEL_VERSION 20200304
#endif

#include <core.p4>

const bit<32> __ubpf_model_version = UBPF_MODEL_VERSION;

// What becomes of a packet.
enum ubpf_action { ABORT, DROP, PASS, REDIRECT }

struct standard_metadata {
    bit<32> input_port;
    bit<32> packet_length;
    ubpf_action output_action;
    bit<32> output_port;
    bool clone;
    bit<32> clone_port;
}

// An array of values that live from packet to packet.
extern Register<T, S> {
    Register(bit<32> size);
    T read(in S index);
    void write(in S index, in T value);
}

extern void mark_to_drop();

extern void mark_to_pass();

// Nanoseconds of a clock that never goes back.
extern bit<48> ubpf_time_get_ns();

// Cuts the packet to so many bytes.
extern void truncate(in bit<32> len);

enum HashAlgorithm { lookup3 }

extern void hash<D>(out bit<32> result, in HashAlgorithm algo, in D data);

// Corrects a one's complement checksum for a word that changed from `old` to `new` (RFC 1624).
extern bit<16> csum_replace2(in bit<16> csum, in bit<16> old, in bit<16> new);
extern bit<16> csum_replace4(in bit<16> csum, in bit<32> old, in bit<32> new);

#if UBPF_MODEL_VERSION >= 20200515
parser parse<H, M>(packet_in packet, out H headers, inout M meta, inout standard_metadata std);

control pipeline<H, M>(inout H headers, inout M meta, inout standard_metadata std);
#else
parser parse<H, M>(packet_in packet, out H headers, inout M meta);

control pipeline<H, M>(inout H headers, inout M meta);
#endif

@deparser
control deparser<H>(packet_out b, in H headers);

package ubpf<H, M>(parse<H, M> prs, pipeline<H, M> p, deparser<H> dprs);

#endif
