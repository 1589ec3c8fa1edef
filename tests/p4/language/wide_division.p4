// Numbers known to the compiler are divided at any width; signs follow the specification.
#include "include/values.p4"

const int huge = 0x1_0000_0000_0000_0000_0000 / 0x1_0000_0000_0000_0000;
const bit<16> rest = 1000 % 7;
const int cube = 3 * 3 * 3 - 2 * 100;

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = (bit<8>)(bit<32>)((bit<32>)hdr.i.a);
        hdr.o.y = (bit<8>)rest;
        hdr.o.z = (bit<16>)huge;
        hdr.o.w = (bit<32>)(int<32>)cube;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
