// What @field_list keeps: fields of several lists, whole structs, stacks of them, enums, new types, booleans.
#include <core.p4>
#define V1MODEL_VERSION 20200408
#include <v1model.p4>

enum bit<8> Lists { Nothing = 0, Most = 1, Few = 2 }
enum bit<3> Code { Two = 2, Three = 3 }
type bit<9> port_t;
const bit<8> most = 1;
struct inner_t {
    bit<8> x;
    @field_list(2) bit<8> y;
}
struct metadata_t {
    @field_list(Lists.Most, Lists.Few) bit<8> both;
    @field_list((bit<8>)Lists.Most) inner_t whole;
    inner_t parts;
    @field_list(most) Code code;
    @field_list(1) port_t port;
    @field_list(1) bool flag;
    @field_list(1) int<8> number;
    bit<8> none;
}
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 1;
        if (standard_metadata.instance_type == 0) {
            meta = { 1, { 2, 3 }, { 4, 5 }, Code.Three, (port_t)9w6, true, -1, 7 };
            if (hdr.frame.kind == 1) {
                resubmit_preserving_field_list(1);
            } else if (hdr.frame.kind == 2) {
                resubmit_preserving_field_list(Lists.Few);
            } else {
                resubmit_preserving_field_list(0);
            }
        } else {
            bit<8> sum = meta.both + meta.whole.x + (bit<8>)meta.number + (bit<8>)(bit<3>)meta.code;
            hdr.frame.a = sum + (meta.flag ? 8w0x80 : 0) + (bit<8>)(bit<9>)meta.port + meta.none;
            hdr.frame.b = (meta.whole.y ++ meta.parts.y) + (meta.parts.x ++ 8w0);
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
