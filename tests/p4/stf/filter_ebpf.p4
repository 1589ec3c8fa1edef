// ebpfFilter: accepts packets whose kind a table allows, counts what it drops, and changes nothing that leaves.
#include <core.p4>
#include <ebpf_model.p4>

header kind_t {
    bit<8> kind;
    bit<8> weight;
}

struct headers_t {
    kind_t k;
}

parser prs(packet_in packet, out headers_t headers) {
    state start {
        packet.extract(headers.k);
        transition select(headers.k.kind) {
            8w0xff: reject;
            _: accept;
        }
    }
}

control pipe(inout headers_t headers, out bool pass) {
    CounterArray(32w4, true) dropped;
    action allow() {
        pass = true;
    }
    action refuse(bit<32> reason) {
        pass = false;
        dropped.add(reason, (bit<32>)headers.k.weight);
    }
    table kinds {
        key = { headers.k.kind : exact; }
        actions = { allow; refuse; NoAction; }
        implementation = hash_table(16);
        const default_action = NoAction();
    }
    apply {
        pass = false;
        kinds.apply();
        if (!pass) {
            dropped.increment(0);
        }
        headers.k.weight = 0;  // nobody sees this
    }
}

ebpfFilter(prs(), pipe()) main;
