// PSA: hashes, checksums, registers, meters, counters, random numbers.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    Hash<bit<16>>(PSA_HashAlgorithm_t.CRC16) crc;
    Hash<bit<16>>(PSA_HashAlgorithm_t.IDENTITY) same;
    Checksum<bit<16>>(PSA_HashAlgorithm_t.ONES_COMPLEMENT16) sum;
    InternetChecksum() incremental;
    Register<bit<16>, bit<8>>(4, 0x1234) cells;
    Meter<bit<8>>(4, PSA_MeterType_t.PACKETS) limits;
    Counter<bit<32>, bit<8>>(4, PSA_CounterType_t.PACKETS_AND_BYTES) seen;
    Random<bit<8>>(5, 5) five;
    apply {
        send_to_port(ostd, (PortId_t)1);
        seen.count(hdr.frame.kind);
        if (hdr.frame.kind == 0) {
            hdr.frame.b = crc.get_hash({ hdr.frame.kind, hdr.frame.a, hdr.frame.b });
        } else if (hdr.frame.kind == 1) {
            hdr.frame.b = same.get_hash(16w0x100, { hdr.frame.a }, 16w10);
        } else if (hdr.frame.kind == 2) {
            sum.update({ hdr.frame.a, 8w0 });
            sum.update({ hdr.frame.b });
            hdr.frame.b = sum.get();
        } else if (hdr.frame.kind == 3) {
            incremental.add({ 16w0x1111, 16w0x2222 });
            incremental.subtract({ 16w0x1111 });
            hdr.frame.b = incremental.get();
        } else if (hdr.frame.kind == 4) {
            hdr.frame.b = cells.read(hdr.frame.a);
            cells.write(hdr.frame.a, hdr.frame.b + 1);
        } else if (hdr.frame.kind == 5) {
            hdr.frame.b = limits.execute(hdr.frame.a) == PSA_MeterColor_t.GREEN ? 16w1 : 16w2;
        } else {
            hdr.frame.a = five.read();
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), NoEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
