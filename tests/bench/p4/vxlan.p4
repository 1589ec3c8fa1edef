// VXLAN encapsulation by the inner destination: the outer headers come whole from the table, and lengths and checksum
// are amended. `make bench` runs it beside vxlan.spec.
#include <core.p4>
#include <v1model.p4>

#ifndef ENTRIES
#define ENTRIES 4096
#endif

header ethernet_t {
    bit<48> dst_addr;
    bit<48> src_addr;
    bit<16> ether_type;
}

header ipv4_t {
    bit<8>  version_ihl;
    bit<8>  diffserv;
    bit<16> total_len;
    bit<16> identification;
    bit<16> flags_offset;
    bit<8>  ttl;
    bit<8>  protocol;
    bit<16> hdr_checksum;
    bit<32> src_addr;
    bit<32> dst_addr;
}

header udp_t {
    bit<16> src_port;
    bit<16> dst_port;
    bit<16> length;
    bit<16> checksum;
}

header vxlan_t {
    bit<8>  flags;
    bit<24> reserved;
    bit<24> vni;
    bit<8>  reserved2;
}

struct headers_t {
    ethernet_t outer_ethernet;
    ipv4_t     outer_ipv4;
    udp_t      outer_udp;
    vxlan_t    outer_vxlan;
    ethernet_t ethernet;
    ipv4_t     ipv4;
}

struct metadata_t {}

parser vxlan_parser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        packet.extract(hdr.ipv4);
        transition accept;
    }
}

control vxlan_verify(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action encapsulate(bit<48> ethernet_dst_addr,
                       bit<48> ethernet_src_addr,
                       bit<16> ethernet_ether_type,
                       bit<8> ipv4_version_ihl,
                       bit<8> ipv4_diffserv,
                       bit<16> ipv4_total_len,
                       bit<16> ipv4_identification,
                       bit<16> ipv4_flags_offset,
                       bit<8> ipv4_ttl,
                       bit<8> ipv4_protocol,
                       bit<16> ipv4_hdr_checksum,
                       bit<32> ipv4_src_addr,
                       bit<32> ipv4_dst_addr,
                       bit<16> udp_src_port,
                       bit<16> udp_dst_port,
                       bit<16> udp_length,
                       bit<16> udp_checksum,
                       bit<8> vxlan_flags,
                       bit<24> vxlan_reserved,
                       bit<24> vxlan_vni,
                       bit<8> vxlan_reserved2,
                       bit<9> port) {
        hdr.outer_ethernet = { ethernet_dst_addr, ethernet_src_addr, ethernet_ether_type };
        hdr.outer_ipv4 = { ipv4_version_ihl, ipv4_diffserv, ipv4_total_len, ipv4_identification, ipv4_flags_offset,
                           ipv4_ttl, ipv4_protocol, ipv4_hdr_checksum, ipv4_src_addr, ipv4_dst_addr };
        hdr.outer_udp = { udp_src_port, udp_dst_port, udp_length, udp_checksum };
        hdr.outer_vxlan = { vxlan_flags, vxlan_reserved, vxlan_vni, vxlan_reserved2 };
        hdr.outer_ipv4.total_len = ipv4_total_len + hdr.ipv4.total_len;
        hdr.outer_udp.length = udp_length + hdr.ipv4.total_len;
        bit<17> sum = (bit<17>) ipv4_hdr_checksum + (bit<17>) (~hdr.ipv4.total_len);
        hdr.outer_ipv4.hdr_checksum = sum[15:0] + (bit<16>) sum[16:16];
        std.egress_spec = port;
    }
    action drop() {
        mark_to_drop(std);
    }
    table tunnels {
        key = {
            hdr.ethernet.dst_addr : exact;
        }
        actions = {
            encapsulate;
            drop;
        }
        default_action = drop();
        size = ENTRIES;
    }
    apply {
        tunnels.apply();
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control vxlan_compute(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control vxlan_deparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.outer_ethernet);
        packet.emit(hdr.outer_ipv4);
        packet.emit(hdr.outer_udp);
        packet.emit(hdr.outer_vxlan);
        packet.emit(hdr.ethernet);
        packet.emit(hdr.ipv4);
    }
}

V1Switch(vxlan_parser(), vxlan_verify(), ingress(), egress(), vxlan_compute(), vxlan_deparser()) main;
