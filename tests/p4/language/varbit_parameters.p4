// A header with a varbit is passed, returned, chosen and put into a stack with its length.
#include <core.p4>
#include <v1model.p4>

header data_t {
    bit<8>      length;
    varbit<32>  bytes;
}

struct headers_t {
    data_t    first;
    data_t    second;
    data_t[2] copies;
}
struct metadata_t { }

#include "include/blocks.p4"

data_t same(in data_t d) {
    return d;
}
void swap(inout data_t l, inout data_t r) {
    data_t old = l;
    l = r;
    r = old;
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.first, 8);
        packet.extract(hdr.second, (bit<32>)hdr.first.length);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        swap(hdr.first, hdr.second);
        hdr.copies[0] = same(hdr.first);
        hdr.copies[1] = hdr.second.length == 16 ? hdr.second : hdr.first;
        bit<8> i = hdr.first.length & 1;
        hdr.copies[i].length = 0xee;
        if (hdr.first.length == 2) {
            hdr.copies[i] = hdr.copies[1 - i];
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
