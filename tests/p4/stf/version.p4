// The newer declarations of v1model: indices of any width; registers of structs, headers in hashes, the old Checksum16.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

struct pair_t {
    bit<3>  low;
    bit<13> high;
}
struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    counter<bit<8>>(300, CounterType.packets) seen;
    register<pair_t, bit<4>>(16) pairs;
    register<bit<32>, bit<64>>(1 << 20) large;
    meter<bit<9>>(512, MeterType.bytes) limits;
    direct_meter<bit<2>>(MeterType.packets) nobody;
    Checksum16() sum;
    action forward(PortId_t port) { standard_metadata.egress_spec = port; }
    table huge {
        key = {
            hdr.frame.kind : exact;
            hdr.frame.b : ternary;
        }
        actions = { forward; }
        size = 1 << 31;
        default_action = forward(9);
    }
    apply {
        seen.count(hdr.frame.kind);
        huge.apply();
        pair_t pair;
        bit<2> color;
        limits.execute_meter(standard_metadata.ingress_port, color);
        nobody.read(color);
        if (hdr.frame.kind == 1) {
            pairs.read(pair, hdr.frame.a[3:0]);
            pair.low = pair.low + 1;
            pair.high = pair.high + 0x100;
            pairs.write(hdr.frame.a[3:0], pair);
            hdr.frame.b = pair.low ++ pair.high;
        } else if (hdr.frame.kind == 2) {
            hash(hdr.frame.b, HashAlgorithm.crc16, 16w0, hdr.frame, 32w0x10000);
        } else if (hdr.frame.kind == 3) {
            hdr.frame.b = sum.get({ hdr.frame.a, 8w0, hdr.frame.b });
        } else if (hdr.frame.kind == 4) {
            large.write(0xfffff, 7);
            large.write(0x100000, 9);
            bit<32> value;
            large.read(value, 0xffffffffff);
            hdr.frame.a = (bit<8>)value;
            large.read(value, 0xfffff);
            hdr.frame.b = (bit<16>)value;
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
