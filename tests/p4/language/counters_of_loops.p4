// Registers as a table of bits: a filter whose two hashes are made by a loop over rows.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<1>>(16) bits;
    bit<1> seen;

    apply {
        bit<1> all = 1;
        for (bit<32> row in 32w0..1) {
            bit<32> at = row * 8 + (((bit<32>)hdr.i.a >> (bit<8>)(row * 4)) & 7);
            bits.read(seen, at);
            all = all & seen;
            bits.write(at, 1);
        }
        hdr.o.x = (bit<8>)all;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
