// A value set has no members until the control plane gives it some.
#include <core.p4>
#include <v1model.p4>

header byte_t { bit<8> value; }
struct headers_t {
    byte_t first;
    byte_t second;
}
struct metadata_t { bit<1> unused; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    value_set<bit<8>>(4) known;
    state start {
        packet.extract(hdr.first);
        transition select(hdr.first.value) {
            known: parse_second;
            7: parse_second;
            default: accept;
        }
    }
    state parse_second {
        packet.extract(hdr.second);
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { standard_metadata.egress_spec = hdr.second.isValid() ? 9w2 : 9w1; }
}
control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }
control MyCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
