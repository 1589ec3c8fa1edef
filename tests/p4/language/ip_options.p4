// A header with options in a varbit whose length another field tells, changed and emitted with a checksum.
#include <core.p4>
#include <v1model.p4>

header ipv4_t {
    bit<4>      version;
    bit<4>      ihl;
    bit<8>      diffserv;
    bit<16>     totalLen;
    bit<16>     identification;
    bit<3>      flags;
    bit<13>     fragOffset;
    bit<8>      ttl;
    bit<8>      protocol;
    bit<16>     hdrChecksum;
    bit<32>     srcAddr;
    bit<32>     dstAddr;
    varbit<320> options;
}
header first_t {
    bit<4> version;
    bit<4> ihl;
}

struct headers_t { ipv4_t ip; }
struct metadata_t { }

error { BadVersion, BadLength }

control NoEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        first_t first = packet.lookahead<first_t>();
        verify(first.version == 4, error.BadVersion);
        verify(first.ihl >= 5, error.BadLength);
        packet.extract(hdr.ip, (bit<32>)(8 * (4 * (bit<9>)first.ihl - 20)));
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(true, { hdr.ip.version, hdr.ip.ihl, hdr.ip.diffserv, hdr.ip.totalLen, hdr.ip.identification,
                                hdr.ip.flags, hdr.ip.fragOffset, hdr.ip.ttl, hdr.ip.protocol, hdr.ip.srcAddr,
                                hdr.ip.dstAddr, hdr.ip.options }, hdr.ip.hdrChecksum, HashAlgorithm.csum16);
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (standard_metadata.parser_error == error.BadVersion) {
            standard_metadata.egress_spec = 2;
        } else if (standard_metadata.parser_error == error.BadLength) {
            standard_metadata.egress_spec = 3;
        } else if (standard_metadata.checksum_error == 1) {
            standard_metadata.egress_spec = 4;
        } else {
            standard_metadata.egress_spec = 5;
            hdr.ip.ttl = hdr.ip.ttl - 1;
        }
    }
}

control MyCompute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ip.isValid(), { hdr.ip.version, hdr.ip.ihl, hdr.ip.diffserv, hdr.ip.totalLen,
                                            hdr.ip.identification, hdr.ip.flags, hdr.ip.fragOffset, hdr.ip.ttl,
                                            hdr.ip.protocol, hdr.ip.srcAddr, hdr.ip.dstAddr, hdr.ip.options },
                        hdr.ip.hdrChecksum, HashAlgorithm.csum16);
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.ip); } }

V1Switch(MyParser(), MyVerify(), MyIngress(), NoEgress(), MyCompute(), MyDeparser()) main;
