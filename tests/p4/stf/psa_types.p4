// PSA: headers and metadata of ingress are other types than those of egress; a header goes over in the metadata.
#include <core.p4>
#include <psa.p4>

header one_t { bit<8> value; }
header two_t {
    bit<8> high;
    bit<8> low;
}
struct ingress_headers_t { one_t one; }
struct egress_headers_t { two_t two; }
struct ingress_metadata_t { bit<16> sum; }
struct egress_metadata_t {
    bool has_one;
    bit<8> value;
}
struct normal_t {
    one_t   one;
    bit<16> sum;
}
struct empty_t { }

parser MyIngressParser(packet_in packet, out ingress_headers_t hdr, inout ingress_metadata_t meta,
                       in psa_ingress_parser_input_metadata_t istd, in empty_t resubmit_meta,
                       in empty_t recirculate_meta) {
    value_set<bit<8>>(4) unknown;
    state start {
        transition select(packet.lookahead<bit<8>>()) {
            unknown: reject;
            0 .. 0x7f: parse_one;
            default: accept;
        }
    }
    state parse_one {
        packet.extract(hdr.one);
        meta.sum = (bit<16>)hdr.one.value + 0x100;
        transition accept;
    }
}

control MyIngress(inout ingress_headers_t hdr, inout ingress_metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply { send_to_port(ostd, (PortId_t)1); }
}

control MyIngressDeparser(packet_out packet, out empty_t clone_i2e_meta, out empty_t resubmit_meta,
                          out normal_t normal_meta, inout ingress_headers_t hdr, in ingress_metadata_t meta,
                          in psa_ingress_output_metadata_t istd) {
    apply {
        normal_meta.one = hdr.one;
        normal_meta.sum = meta.sum;
    }
}

parser MyEgressParser(packet_in packet, out egress_headers_t hdr, inout egress_metadata_t meta,
                      in psa_egress_parser_input_metadata_t istd, in normal_t normal_meta, in empty_t clone_i2e_meta,
                      in empty_t clone_e2e_meta) {
    state start {
        packet.extract(hdr.two);
        meta.has_one = normal_meta.one.isValid();
        meta.value = normal_meta.one.value + normal_meta.sum[15:8];
        transition accept;
    }
}

control MyEgress(inout egress_headers_t hdr, inout egress_metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply {
        if (meta.has_one) {
            hdr.two.high = meta.value;
        }
    }
}

control MyEgressDeparser(packet_out packet, out empty_t clone_e2e_meta, out empty_t recirculate_meta,
                         inout egress_headers_t hdr, in egress_metadata_t meta, in psa_egress_output_metadata_t istd,
                         in psa_egress_deparser_input_metadata_t edstd) {
    apply { packet.emit(hdr.two); }
}

IngressPipeline(MyIngressParser(), MyIngress(), MyIngressDeparser()) ingress;
EgressPipeline(MyEgressParser(), MyEgress(), MyEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
