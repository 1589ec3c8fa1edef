// A parser's states call functions with loops, with out parameters, and with slices for them.
#include <core.p4>
#include <v1model.p4>

header frame_t {
    bit<8>  n;
    bit<8>  sum;
    bit<16> result;
}

struct headers_t { frame_t frame; }
struct metadata_t { }

#include "include/blocks.p4"

bit<8> sum(in bit<4> last) {
    bit<8> total = 0;
    for (bit<4> i in 1 .. last) {
        if (i == 3) {
            continue;
        }
        total = total + (bit<8>)i;
        if (total > 20) {
            break;
        }
    }
    return total;
}
void halves(in bit<8> v, out bit<4> l, out bit<4> r) {
    l = v[7:4];
    r = v[3:0];
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        bit<4> l;
        bit<4> r;
        halves(hdr.frame.n, l, r);
        hdr.frame.sum = sum(r);
        halves(r ++ l, hdr.frame.result[15:12], hdr.frame.result[3:0]);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
