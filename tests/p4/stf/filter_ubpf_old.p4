// ubpf before it had standard metadata: marks alone decide.
#include <core.p4>
#include <ubpf_model.p4>

header op_t {
    bit<8> what;
}

struct headers_t {
    op_t op;
}

struct metadata_t {
}

parser prs(packet_in packet, out headers_t headers, inout metadata_t meta) {
    state start {
        packet.extract(headers.op);
        transition accept;
    }
}

control pipe(inout headers_t headers, inout metadata_t meta) {
    apply {
        if (headers.op.what == 1) {
            mark_to_drop();
        }
    }
}

control dep(packet_out packet, in headers_t headers) {
    apply {
        packet.emit(headers.op);
    }
}

ubpf(prs(), pipe(), dep()) main;
