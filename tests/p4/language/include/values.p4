// A frame of numbers comes in, a frame of numbers goes out by port 0; an ingress between the blocks here makes it.
#include <core.p4>
#include <v1model.p4>

header input_t {
    bit<8>  a;
    bit<8>  b;
    bit<16> c;
    bit<32> d;
}

header output_t {
    bit<8>  x;
    bit<8>  y;
    bit<16> z;
    bit<32> w;
}

struct headers_t {
    input_t  i;
    output_t o;
}

struct metadata_t { bit<8> m; }

#include "blocks.p4"

parser ValuesParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                    inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.i);
        hdr.o = { 0, 0, 0, 0 };
        transition accept;
    }
}

control ValuesDeparser(packet_out packet, in headers_t hdr) {
    apply { packet.emit(hdr.o); }
}
