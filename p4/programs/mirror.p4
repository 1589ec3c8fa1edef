// mirror.p4: an Ethernet switch whose traffic can be copied to analyzers: what an access list finds, or what leaves by a
// port; local, in a VLAN of its own (RSPAN), or through IPv4 (ERSPAN type II); whole or cut. docs/p4/mirror.md has the
// details.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

const bit<8> CloneFields = 1;      // @field_list of what a copy keeps
const bit<32> IngressClone = 1;    // values of instance_type
const bit<32> EgressClone = 2;
const bit<16> ErspanEtherType = 0x88BE;

const bit<32> VlanTagBytes = 4;
const bit<32> ErspanBytes = 50;    // Ethernet, IPv4, GRE with sequence number, ERSPAN
const bit<16> ErspanIpBytes = 36;  // without Ethernet

// RFC 2890 with a sequence number.
header gre_t {
    bit<1> has_checksum;
    bit<1> reserved1;
    bit<1> has_key;
    bit<1> has_sequence_number;
    bit<9> reserved2;
    bit<3> version;
    bit<16> protocol;
    bit<32> sequence_number;
}

// ERSPAN type II, draft-foschiano-erspan.
header erspan_t {
    bit<4> version;  // 1
    bit<12> vid;
    bit<3> class_of_service;
    bit<2> encapsulation;
    bit<1> is_truncated;
    bit<10> session;
    bit<12> reserved;
    bit<20> index;
}

struct headers_t {
    ethernet_t mirror_ethernet;
    ipv4_plain_t mirror_ipv4;
    gre_t mirror_gre;
    erspan_t mirror_erspan;
    ethernet_t ethernet;
    vlan_tag_t mirror_vlan_tag;
    vlan_tag_t vlan_tag;
    ipv4_t ipv4;
    ipv6_t ipv6;
    tcp_t tcp;
    udp_t udp;
}

struct metadata_t {
    @field_list(CloneFields) bit<10> session;        // of the copy; 0: this is none
    @field_list(CloneFields) bit<16> bytes;          // of the packet in the copy
    @field_list(CloneFields) bit<1> is_truncated;
    @field_list(CloneFields) Port mirrored_port;     // where the packet came in, or leaves
    bit<16> packet_length;
    IpProtocol protocol;
    bit<16> source_port;
    bit<16> destination_port;
}

parser MirrorParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                    inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.ether_type) {
            EtherType.Vlan: parse_vlan_tag;
            EtherType.Ipv4: parse_ipv4;
            EtherType.Ipv6: parse_ipv6;
            default: accept;
        }
    }
    state parse_vlan_tag {
        packet.extract(hdr.vlan_tag);
        transition select(hdr.vlan_tag.ether_type) {
            EtherType.Ipv4: parse_ipv4;
            EtherType.Ipv6: parse_ipv6;
            default: accept;
        }
    }
    state parse_ipv4 {
        bit<8> version_and_ihl = packet.lookahead<bit<8>>();
        verify(version_and_ihl[7:4] == 4 && version_and_ihl[3:0] >= 5, error.BadIpv4Header);
        packet.extract(hdr.ipv4, ((bit<32>) version_and_ihl[3:0] - 5) * 32);
        meta.protocol = hdr.ipv4.protocol;
        transition select(hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (0, IpProtocol.Tcp): parse_tcp;
            (0, IpProtocol.Udp): parse_udp;
            default: accept;
        }
    }
    state parse_ipv6 {
        packet.extract(hdr.ipv6);
        meta.protocol = hdr.ipv6.next_header;
        transition select(hdr.ipv6.next_header) {
            IpProtocol.Tcp: parse_tcp;
            IpProtocol.Udp: parse_udp;
            default: accept;
        }
    }
    state parse_tcp {
        packet.extract(hdr.tcp);
        meta.source_port = hdr.tcp.source_port;
        meta.destination_port = hdr.tcp.destination_port;
        transition accept;
    }
    state parse_udp {
        packet.extract(hdr.udp);
        meta.source_port = hdr.udp.source_port;
        meta.destination_port = hdr.udp.destination_port;
        transition accept;
    }
}

// What is broken is forwarded, and mirrored, as it is.
control MirrorVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control MirrorIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    direct_counter(CounterType.packets_and_bytes) mirrored;

    action drop() {
        mark_to_drop(standard_metadata);
    }
    action forward(Port port) {
        standard_metadata.egress_spec = port;
    }
    action multicast(bit<16> group) {
        standard_metadata.mcast_grp = group;
    }
    table destinations {
        key = { hdr.ethernet.destination: exact; }
        actions = { forward; multicast; drop; }
        default_action = drop();
        size = 65536;
    }

    // At most `bytes` of the packet are copied. The packet goes its way all the same, or is dropped: a copy is all that
    // there is of it then.
    action mirror(bit<10> session, bit<16> bytes) {
        meta.session = session;
        meta.bytes = bytes;
    }
    action mirror_and_drop(bit<10> session, bit<16> bytes) {
        meta.session = session;
        meta.bytes = bytes;
        mark_to_drop(standard_metadata);
    }
    table mirror_acl {
        key = {
            standard_metadata.ingress_port: ternary;
            hdr.ethernet.source: ternary;
            hdr.ethernet.destination: ternary;
            hdr.ethernet.ether_type: ternary;
            hdr.vlan_tag.isValid(): ternary @name("has_vlan_tag");
            hdr.vlan_tag.vid: ternary;
            hdr.ipv4.isValid(): ternary @name("is_ipv4");
            hdr.ipv4.source: ternary;
            hdr.ipv4.destination: ternary;
            hdr.ipv6.isValid(): ternary @name("is_ipv6");
            hdr.ipv6.source: ternary;
            hdr.ipv6.destination: ternary;
            meta.protocol: ternary @name("protocol");
            meta.source_port: range @name("source_port");
            meta.destination_port: range @name("destination_port");
        }
        actions = { mirror; mirror_and_drop; @defaultonly NoAction; }
        const default_action = NoAction();
        counters = mirrored;
        size = 1024;
    }

    action limit_bytes() {
        meta.is_truncated = meta.bytes < meta.packet_length ? 1w1 : 1w0;
        meta.bytes = meta.bytes < meta.packet_length ? meta.bytes : meta.packet_length;
    }

    apply {
        meta.packet_length = (bit<16>) standard_metadata.packet_length;
        destinations.apply();
        mirror_acl.apply();
        if (meta.session != 0) {
            meta.mirrored_port = standard_metadata.ingress_port;
            limit_bytes();
            clone_preserving_field_list(CloneType.I2E, (bit<32>) meta.session, CloneFields);
        }
    }
}

// Makes a copy what its analyzer takes.
control Copy(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<32>>(1024) sequence_numbers;  // by session

    action drop() {
        mark_to_drop(standard_metadata);
    }
    // SPAN: the packet itself, to a port.
    action as_it_is() {
        truncate((bit<32>) meta.bytes);
    }
    // RSPAN: in a VLAN in which nobody learns addresses.
    action in_vlan(bit<12> vid) {
        hdr.mirror_vlan_tag.setValid();
        hdr.mirror_vlan_tag.pcp = 0;
        hdr.mirror_vlan_tag.dei = 0;
        hdr.mirror_vlan_tag.vid = vid;
        hdr.mirror_vlan_tag.ether_type = hdr.ethernet.ether_type;
        hdr.ethernet.ether_type = EtherType.Vlan;
        truncate((bit<32>) meta.bytes + VlanTagBytes);
    }
    // ERSPAN type II: to an analyzer anywhere.
    action through_ipv4(EthernetAddress source_address, EthernetAddress destination_address, Ipv4Address source,
                        Ipv4Address destination) {
        hdr.mirror_ethernet.setValid();
        hdr.mirror_ethernet.source = source_address;
        hdr.mirror_ethernet.destination = destination_address;
        hdr.mirror_ethernet.ether_type = EtherType.Ipv4;
        hdr.mirror_ipv4.setValid();
        hdr.mirror_ipv4.version = 4;
        hdr.mirror_ipv4.ihl = 5;
        hdr.mirror_ipv4.dscp = 0;
        hdr.mirror_ipv4.ecn = 0;
        hdr.mirror_ipv4.total_length = meta.bytes + ErspanIpBytes;
        hdr.mirror_ipv4.identification = 0;
        hdr.mirror_ipv4.reserved = 0;
        hdr.mirror_ipv4.dont_fragment = 1;
        hdr.mirror_ipv4.more_fragments = 0;
        hdr.mirror_ipv4.fragment_offset = 0;
        hdr.mirror_ipv4.ttl = 64;
        hdr.mirror_ipv4.protocol = IpProtocol.Gre;
        hdr.mirror_ipv4.header_checksum = 0;
        hdr.mirror_ipv4.source = source;
        hdr.mirror_ipv4.destination = destination;
        hdr.mirror_gre.setValid();
        hdr.mirror_gre.has_checksum = 0;
        hdr.mirror_gre.reserved1 = 0;
        hdr.mirror_gre.has_key = 0;
        hdr.mirror_gre.has_sequence_number = 1;
        hdr.mirror_gre.reserved2 = 0;
        hdr.mirror_gre.version = 0;
        hdr.mirror_gre.protocol = ErspanEtherType;
        hdr.mirror_erspan.setValid();
        hdr.mirror_erspan.version = 1;
        hdr.mirror_erspan.vid = 0;
        hdr.mirror_erspan.class_of_service = 0;
        hdr.mirror_erspan.encapsulation = 3;  // a tag, if there is one, is in the frame
        hdr.mirror_erspan.is_truncated = meta.is_truncated;
        hdr.mirror_erspan.session = meta.session;
        hdr.mirror_erspan.reserved = 0;
        hdr.mirror_erspan.index = (bit<20>) meta.mirrored_port;
        truncate((bit<32>) meta.bytes + ErspanBytes);
    }
    table analyzers {
        key = { meta.session: exact @name("session"); }
        actions = { as_it_is; in_vlan; through_ipv4; drop; }
        const default_action = as_it_is();
        size = 1024;
    }

    apply {
        analyzers.apply();
        if (hdr.mirror_gre.isValid()) {
            @atomic {
                bit<32> number;
                sequence_numbers.read(number, (bit<32>) meta.session);
                sequence_numbers.write((bit<32>) meta.session, number + 1);
                hdr.mirror_gre.sequence_number = number;
            }
        }
    }
}

control MirrorEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Copy() copy;

    action mirror(bit<10> session, bit<16> bytes) {
        meta.session = session;
        meta.bytes = bytes;
    }
    // What leaves by these ports is copied, too.
    table mirrored_ports {
        key = { standard_metadata.egress_port: exact; }
        actions = { mirror; @defaultonly NoAction; }
        const default_action = NoAction();
        size = 512;
    }

    action limit_bytes() {
        meta.is_truncated = meta.bytes < meta.packet_length ? 1w1 : 1w0;
        meta.bytes = meta.bytes < meta.packet_length ? meta.bytes : meta.packet_length;
    }

    action drop() {
        mark_to_drop(standard_metadata);
    }

    apply {
        if (standard_metadata.instance_type == IngressClone || standard_metadata.instance_type == EgressClone) {
            copy.apply(hdr, meta, standard_metadata);
        } else if (standard_metadata.egress_port == standard_metadata.ingress_port) {
            drop();
        } else if (mirrored_ports.apply().hit) {
            meta.mirrored_port = standard_metadata.egress_port;
            limit_bytes();
            clone_preserving_field_list(CloneType.E2E, (bit<32>) meta.session, CloneFields);
        }
    }
}

control MirrorComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.mirror_ipv4.isValid(),
            { hdr.mirror_ipv4.version, hdr.mirror_ipv4.ihl, hdr.mirror_ipv4.dscp, hdr.mirror_ipv4.ecn,
              hdr.mirror_ipv4.total_length, hdr.mirror_ipv4.identification, hdr.mirror_ipv4.reserved,
              hdr.mirror_ipv4.dont_fragment, hdr.mirror_ipv4.more_fragments, hdr.mirror_ipv4.fragment_offset,
              hdr.mirror_ipv4.ttl, hdr.mirror_ipv4.protocol, hdr.mirror_ipv4.source, hdr.mirror_ipv4.destination },
            hdr.mirror_ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control MirrorDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.mirror_ethernet);
        packet.emit(hdr.mirror_ipv4);
        packet.emit(hdr.mirror_gre);
        packet.emit(hdr.mirror_erspan);
        packet.emit(hdr.ethernet);
        packet.emit(hdr.mirror_vlan_tag);
        packet.emit(hdr.vlan_tag);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv6);
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
    }
}

V1Switch(MirrorParser(), MirrorVerifyChecksum(), MirrorIngress(), MirrorEgress(), MirrorComputeChecksum(),
         MirrorDeparser()) main;
