// 8.11: varbits of one type are equal when they have the same size and the same bits; headers with varbits inside too.
#include <core.p4>
#include <v1model.p4>

header length_t { bit<8> bytes; }
header options_t { bit<8> kind; varbit<64> data; }
header answer_t { bit<8> fields; bit<8> headers; bit<8> with_itself; bit<8> in_condition; }
struct headers_t { length_t first_length; length_t second_length; options_t first; options_t second; answer_t answer; }
struct metadata_t { }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.first_length);
        packet.extract(hdr.second_length);
        packet.extract(hdr.first, (bit<32>)hdr.first_length.bytes * 8);
        packet.extract(hdr.second, (bit<32>)hdr.second_length.bytes * 8);
        transition accept;
    }
}

control Empty(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.answer.setValid();
        hdr.answer.fields = hdr.first.data == hdr.second.data ? 8w1 : 0;
        hdr.answer.headers = hdr.first != hdr.second ? 8w1 : 0;
        hdr.answer.with_itself = hdr.first.data == hdr.first.data ? 8w1 : 0;
        hdr.answer.in_condition = 0;
        if (hdr.first.kind == 1 && hdr.first.data != hdr.second.data) {
            hdr.answer.in_condition = 1;
        }
        hdr.first_length.setInvalid();
        hdr.second_length.setInvalid();
        hdr.first.setInvalid();
        hdr.second.setInvalid();
        standard_metadata.egress_spec = 2;
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.answer); } }

V1Switch(MyParser(), Empty(), MyIngress(), MyEgress(), Empty(), MyDeparser()) main;
