// PSA: a checksum verified by a parser, and mended in a deparser from the parser's state (PSA, "Checksums").
#include <core.p4>
#include <bmv2/psa.p4>

header numbers_t {
    bit<16> a;
    bit<16> b;
    bit<16> checksum;
}
struct headers_t { numbers_t numbers; }
struct metadata_t { bit<16> state_of_rest; }
struct empty_t { }
error { WrongChecksum }

parser MyIngressParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                       in psa_ingress_parser_input_metadata_t istd, in empty_t resubmit_meta,
                       in empty_t recirculate_meta) {
    InternetChecksum() sum;
    state start {
        packet.extract(hdr.numbers);
        sum.clear();
        sum.add({ hdr.numbers.a, hdr.numbers.b });
        sum.subtract({ hdr.numbers.a });
        meta.state_of_rest = sum.get_state();
        sum.add(hdr.numbers.a);
        verify(sum.get() == hdr.numbers.checksum, error.WrongChecksum);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        send_to_port(ostd, (PortId_t)1);
        if (istd.parser_error == error.WrongChecksum) {
            send_to_port(ostd, (PortId_t)2);
        }
        hdr.numbers.a = hdr.numbers.a + 0x1111;
    }
}

control MyIngressDeparser(packet_out packet, out empty_t clone_i2e_meta, out empty_t resubmit_meta,
                          out empty_t normal_meta, inout headers_t hdr, in metadata_t meta,
                          in psa_ingress_output_metadata_t istd) {
    InternetChecksum() sum;
    apply {
        sum.set_state(meta.state_of_rest);
        sum.add(hdr.numbers.a);
        hdr.numbers.checksum = sum.get();
        packet.emit(hdr);
    }
}

parser MyEgressParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                      in psa_egress_parser_input_metadata_t istd, in empty_t normal_meta, in empty_t clone_i2e_meta,
                      in empty_t clone_e2e_meta) {
    state start { transition accept; }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply { }
}

control MyEgressDeparser(packet_out packet, out empty_t clone_e2e_meta, out empty_t recirculate_meta,
                         inout headers_t hdr, in metadata_t meta, in psa_egress_output_metadata_t istd,
                         in psa_egress_deparser_input_metadata_t edstd) {
    apply { packet.emit(hdr); }
}

IngressPipeline(MyIngressParser(), MyIngress(), MyIngressDeparser()) ingress;
EgressPipeline(MyEgressParser(), MyEgress(), MyEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
