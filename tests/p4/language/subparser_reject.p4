// A sub-parser that rejects leaves what it has extracted, as on BMv2: its parameter is the caller's variable.
#include <core.p4>
#include <v1model.p4>

header byte_t { bit<8> value; }
struct headers_t { byte_t first; byte_t second; byte_t told; }
struct meta_t { }

parser Inner(packet_in packet, inout headers_t hdr) {
    state start {
        packet.extract(hdr.first);
        packet.extract(hdr.second);
        transition accept;
    }
}
parser P(packet_in packet, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    Inner() inner;
    state start {
        inner.apply(packet, hdr);
        transition accept;
    }
}
control V(inout headers_t hdr, inout meta_t meta) { apply { } }
control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    apply {
        hdr.told.setValid();
        hdr.told.value = (bit<8>)(bit<1>)hdr.first.isValid() ++ (bit<8>)(bit<1>)hdr.second.isValid() == 0x0100 ? 8w0x10 : 0x00;
        sm.egress_spec = 1;
    }
}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers_t hdr, inout meta_t meta) { apply { } }
control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.told);
        packet.emit(hdr.first);
        packet.emit(hdr.second);
    }
}
V1Switch(P(), V(), I(), E(), C(), D()) main;
