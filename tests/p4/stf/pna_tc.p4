// PNA of the kernel's tc: no pre control, and a deparser that may change the headers.
#include <core.p4>
#include <tc/pna.p4>

header frame_t {
    bit<8>  kind;
    bit<8>  a;
}
struct headers_t { frame_t frame; }
struct metadata_t { bit<8> value; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, in pna_main_parser_input_metadata_t istd) {
    state start {
        packet.extract(hdr.frame);
        meta.value = hdr.frame.kind + 1;
        transition accept;
    }
}

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    apply {
        send_to_port(istd.input_port);
        meta.value = meta.value + 1;
        ostd.class_of_service = (ClassOfService_t)3;
    }
}

control MyDeparser(packet_out packet, inout headers_t hdr, in metadata_t meta, in pna_main_output_metadata_t ostd) {
    apply {
        hdr.frame.a = meta.value + (bit<8>)(ClassOfServiceUint_t)ostd.class_of_service;
        packet.emit(hdr.frame);
    }
}

PNA_NIC(MyParser(), MyMain(), MyDeparser()) main;
