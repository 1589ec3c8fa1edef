// PNA without a control before the main one.
#include <core.p4>
#include <pna.p4>

header frame_t { bit<48> destination; bit<48> source; bit<16> type; }
struct headers_t { frame_t frame; }
struct metadata_t { bit<8> seen; }

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, in pna_main_parser_input_metadata_t standard) {
  state start {
    packet.extract(hdr.frame);
    meta.seen = 1;
    transition accept;
  }
}

control process(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t standard,
                inout pna_main_output_metadata_t out_metadata) {
  action send(PortId_t port) { send_to_port(port); }
  table forward {
    key = { hdr.frame.destination: exact; }
    actions = { send; NoAction; }
  }
  apply {
    if (forward.apply().hit) {
      hdr.frame.type = (bit<16>)meta.seen;
    }
  }
}

control deparse(packet_out packet, in headers_t hdr, in metadata_t meta, in pna_main_output_metadata_t out_metadata) {
  apply { packet.emit(hdr); }
}

PNA_NIC(parse(), process(), deparse()) main;
