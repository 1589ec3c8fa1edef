// A packet that the parser rejects goes on to ingress, which sees why; what was extracted stays.
#include <core.p4>
#include <v1model.p4>

error { BadKind }

header short_t { bit<8> kind; }
header long_t { bit<32> value; }
header tail_t { bit<8> code; }

struct headers_t {
    short_t short;
    long_t  long;
    tail_t  tail;
}
struct metadata_t { bit<8> steps; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.short);
        meta.steps = 1;
        verify(hdr.short.kind != 0xbb, error.BadKind);
        meta.steps = 2;
        transition select(hdr.short.kind) {
            1: parse_long;
            2: accept;
            3: reject;
            4 &&& 0xfc: accept;
        }
    }
    state parse_long {
        packet.extract(hdr.long);
        meta.steps = 3;
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = (bit<9>)meta.steps;
        hdr.tail.setValid();
        if (standard_metadata.parser_error == error.NoError) {
            hdr.tail.code = 0;
        } else if (standard_metadata.parser_error == error.PacketTooShort) {
            hdr.tail.code = 0x51;
        } else if (standard_metadata.parser_error == error.BadKind) {
            hdr.tail.code = 0x52;
        } else if (standard_metadata.parser_error == error.NoMatch) {
            hdr.tail.code = 0x53;
        } else {
            hdr.tail.code = 0x54;
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }
control MyCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.tail);
        packet.emit(hdr.short);
        packet.emit(hdr.long);
    }
}

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
