// ubpf: marks, redirection, registers, truncation.
#define UBPF_MODEL_VERSION 20200515
#include <core.p4>
#include <ubpf_model.p4>

header op_t {
    bit<8> what;
    bit<8> argument;
}

struct headers_t {
    op_t op;
}

struct metadata_t {
    bit<32> seen;
}

parser prs(packet_in packet, out headers_t headers, inout metadata_t meta, inout standard_metadata std) {
    state start {
        packet.extract(headers.op);
        transition accept;
    }
}

control pipe(inout headers_t headers, inout metadata_t meta, inout standard_metadata std) {
    Register<bit<32>, bit<32>>(8) seen;
    apply {
        if (headers.op.what == 1) {
            mark_to_drop();
        } else if (headers.op.what == 2) {
            mark_to_drop();
            mark_to_pass();
        } else if (headers.op.what == 3) {
            std.output_action = ubpf_action.REDIRECT;
            std.output_port = (bit<32>)headers.op.argument;
        } else if (headers.op.what == 4) {
            truncate(4);
        } else if (headers.op.what == 5) {
            meta.seen = seen.read((bit<32>)headers.op.argument) + std.packet_length;
            seen.write((bit<32>)headers.op.argument, meta.seen);
            headers.op.argument = (bit<8>)meta.seen;
        } else if (headers.op.what == 6) {
            std.output_action = ubpf_action.ABORT;
        }
    }
}

control dep(packet_out packet, in headers_t headers) {
    apply {
        packet.emit(headers.op);
    }
}

ubpf(prs(), pipe(), dep()) main;
