// v1model: the control that verifies checksums takes its headers inout, since 2018.

#include <core.p4>
#include <v1model.p4>

struct Headers { }
struct Meta { }

parser p(packet_in packet, out Headers headers, inout Meta meta, inout standard_metadata_t standard_metadata) {
    state start { transition accept; }
}
control verify_it(in Headers headers, inout Meta meta) {
    apply { }
}
control compute(inout Headers headers, inout Meta meta) {
    apply { }
}
control pipe(inout Headers headers, inout Meta meta, inout standard_metadata_t standard_metadata) {
    apply { }
}
control d(packet_out packet, in Headers headers) {
    apply { packet.emit(headers); }
}

V1Switch(p(), verify_it(), pipe(), pipe(), compute(), d()) main; // error
