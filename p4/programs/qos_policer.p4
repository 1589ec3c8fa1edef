// qos_policer.p4: an Ethernet switch that classifies IPv4 and IPv6 traffic, measures it with two-rate three-color meters
// (RFC 2698), remarks the DSCP by color and drops what is red. docs/p4/qos_policer.md has the details.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

const bit<32> PolicerCount = 1024;

enum bit<2> Color {
    Green = 0,
    Yellow = 1,
    Red = 2
}

struct headers_t {
    ethernet_t ethernet;
    vlan_tag_t vlan_tag;
    ipv4_t ipv4;
    ipv6_t ipv6;
    tcp_t tcp;
    udp_t udp;
}

struct metadata_t {
    bit<6> dscp;
    IpProtocol protocol;
    bit<16> source_port;
    bit<16> destination_port;
    bit<8> traffic_class;
    bit<10> policer;  // 0: none
    Color color;
}

parser QosParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
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
        meta.dscp = hdr.ipv4.dscp;
        meta.protocol = hdr.ipv4.protocol;
        transition select(hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (0, IpProtocol.Tcp): parse_tcp;
            (0, IpProtocol.Udp): parse_udp;
            default: accept;
        }
    }
    state parse_ipv6 {
        packet.extract(hdr.ipv6);
        verify(hdr.ipv6.version == 6, error.BadIpv6Header);
        meta.dscp = hdr.ipv6.dscp;
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

control QosVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control QosIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    meter(PolicerCount, MeterType.bytes) policers;
    counter(PolicerCount, CounterType.packets_and_bytes) green;   // by policer
    counter(PolicerCount, CounterType.packets_and_bytes) yellow;
    counter(PolicerCount, CounterType.packets_and_bytes) red;
    direct_counter(CounterType.packets_and_bytes) class_hits;

    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }

    // The class says how packets are marked, the policer whose rates they share; policer 0 measures nothing, and all is
    // green.
    action classify(bit<8> traffic_class, bit<10> policer) {
        meta.traffic_class = traffic_class;
        meta.policer = policer;
    }
    table classes {
        key = {
            standard_metadata.ingress_port: ternary;
            hdr.vlan_tag.isValid(): ternary @name("has_vlan_tag");
            hdr.vlan_tag.pcp: ternary;
            hdr.ipv4.isValid(): ternary @name("is_ipv4");
            hdr.ipv6.isValid(): ternary @name("is_ipv6");
            hdr.ipv4.source: ternary;
            hdr.ipv4.destination: ternary;
            meta.dscp: ternary @name("dscp");
            meta.protocol: ternary @name("protocol");
            meta.source_port: range @name("source_port");
            meta.destination_port: range @name("destination_port");
        }
        actions = { classify; drop; }
        default_action = classify(0, 0);
        counters = class_hits;
        size = 4096;
    }

    // The queue is that of the class or of the color; 7 goes first.
    action mark(bit<6> dscp, bit<3> queue) {
        meta.dscp = dscp;
        standard_metadata.priority = queue;
    }
    action keep(bit<3> queue) {
        standard_metadata.priority = queue;
    }
    // What has no entry is sent as it is, unless it is red.
    table markings {
        key = {
            meta.traffic_class: exact @name("traffic_class");
            meta.color: exact @name("color");
        }
        actions = { mark; keep; drop; @defaultonly NoAction; }
        const default_action = NoAction();
        size = 1024;
    }

    action forward(Port port) {
        standard_metadata.egress_spec = port;
    }
    table destinations {
        key = { hdr.ethernet.destination: exact; }
        actions = { forward; drop; }
        const default_action = drop();
        size = 65536;
    }

    apply {
        if (standard_metadata.parser_error != error.NoError || standard_metadata.checksum_error == 1) {
            drop();
        }
        destinations.apply();
        classes.apply();
        if (meta.policer != 0) {
            bit<2> color;
            policers.execute_meter((bit<32>) meta.policer, color);
            meta.color = (Color) color;
            if (meta.color == Color.Green) {
                green.count((bit<32>) meta.policer);
            } else if (meta.color == Color.Yellow) {
                yellow.count((bit<32>) meta.policer);
            } else {
                red.count((bit<32>) meta.policer);
            }
        }
        if (!markings.apply().hit && meta.color == Color.Red) {
            drop();
        }
        if (hdr.ipv4.isValid()) {
            hdr.ipv4.dscp = meta.dscp;
        } else if (hdr.ipv6.isValid()) {
            hdr.ipv6.dscp = meta.dscp;
        }
    }
}

control QosEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {}
}

control QosComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control QosDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
        packet.emit(hdr.vlan_tag);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv6);
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
    }
}

V1Switch(QosParser(), QosVerifyChecksum(), QosIngress(), QosEgress(), QosComputeChecksum(), QosDeparser()) main;
