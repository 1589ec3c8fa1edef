// A stack of headers: extracted by next, popped, pushed, and emitted whole.
#include <core.p4>
#include <v1model.p4>

header label_t {
    bit<7> value;
    bit<1> is_last;
}

struct headers_t { label_t[4] labels; }
struct metadata_t { bit<8> count; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.labels.next);
        meta.count = meta.count + 1;
        transition select(hdr.labels.last.is_last) {
            1: accept;
            default: start;
        }
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = (bit<9>)meta.count;
        if (standard_metadata.parser_error == error.StackOutOfBounds) {
            standard_metadata.egress_spec = 9;
        } else if (hdr.labels[0].value == 1) {
            hdr.labels.pop_front(1);
        } else if (hdr.labels[0].value == 2) {
            hdr.labels.push_front(1);
            hdr.labels[0] = { 7w0x7f, 1w0 };
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }
control MyCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.labels); } }

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
