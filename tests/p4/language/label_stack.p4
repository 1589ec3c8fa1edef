// Labels pushed and popped by tables' actions on a stack that the parser filled until the last one.
#include <core.p4>
#include <v1model.p4>

header label_t {
    bit<20> label;
    bit<3>  exp;
    bit<1>  bos;
    bit<8>  ttl;
}
header end_t { bit<8> n; }

struct headers_t {
    label_t[3] labels;
    end_t      end;
}
struct metadata_t { bit<2> depth; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        meta.depth = 0;
        transition label;
    }
    state label {
        packet.extract(hdr.labels.next);
        meta.depth = meta.depth + 1;
        transition select(hdr.labels.last.bos) {
            0: label;
            1: end;
        }
    }
    state end {
        packet.extract(hdr.end);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action pop() {
        hdr.labels.pop_front(1);
        standard_metadata.egress_spec = 1;
    }
    action push(bit<20> label, bit<9> port) {
        hdr.labels.push_front(1);
        hdr.labels[0].setValid();
        hdr.labels[0] = { label, 0, 0, hdr.labels[1].ttl - 1 };
        standard_metadata.egress_spec = port;
    }
    action swap(bit<20> label) {
        hdr.labels[0].label = label;
        standard_metadata.egress_spec = 3;
    }
    table labels {
        key = { hdr.labels[0].label : exact; }
        actions = { pop; push; swap; NoAction; }
        default_action = NoAction();
    }
    apply {
        labels.apply();
        if (!hdr.labels[0].isValid()) {
            hdr.end.n = hdr.end.n + 1;
        }
        if (hdr.labels[2].isValid() && meta.depth == 2) {
            hdr.end.n = 0xee;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
