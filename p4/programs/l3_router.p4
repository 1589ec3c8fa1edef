// l3_router.p4: a router for IPv4 and IPv6 with VRFs, longest prefix match, ECMP through an action selector, and packets
// for the controller. docs/p4/l3_router.md has the details.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

const Port ControllerPort = 510;

// Why the controller gets a packet.
enum bit<7> PuntReason {
    Local = 1,       // for an address of the router's own, ARP, or neighbor discovery
    HopsExhausted = 2,
    NoRoute = 3
}

// Before a packet that the controller gets.
@controller_header("packet_in")
header packet_in_t {
    Port ingress_port;
    PuntReason reason;
}

// Before a packet that the controller sends. It leaves by the port as it is.
@controller_header("packet_out")
header packet_out_t {
    Port egress_port;
    bit<7> padding;
}

struct headers_t {
    packet_in_t packet_in_header;
    packet_out_t packet_out_header;
    ethernet_t ethernet;
    vlan_tag_t vlan_tag;
    ipv4_t ipv4;
    ipv6_t ipv6;
    tcp_t tcp;
    udp_t udp;
}

// What the packets of one flow have in common, which therefore go the same way.
struct flow_t {
    Ipv6Address source;  // IPv4 addresses are in the lower 32 bits
    Ipv6Address destination;
    bit<20> label;
    IpProtocol protocol;
    bit<16> source_port;
    bit<16> destination_port;
}

struct metadata_t {
    bit<12> vid;   // 0 without a tag
    bit<16> vrf;
    bit<16> next_hop_group;
    flow_t flow;
}

parser RouterParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                    inout standard_metadata_t standard_metadata) {
    state start {
        transition select(standard_metadata.ingress_port) {
            ControllerPort: parse_packet_out;
            default: parse_ethernet;
        }
    }
    state parse_packet_out {
        packet.extract(hdr.packet_out_header);
        transition accept;
    }
    state parse_ethernet {
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
        meta.vid = hdr.vlan_tag.vid;
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
        meta.flow.source = (bit<128>) hdr.ipv4.source;
        meta.flow.destination = (bit<128>) hdr.ipv4.destination;
        meta.flow.protocol = hdr.ipv4.protocol;
        // Only the first fragment has ports; all fragments of a packet go the same way if none uses them.
        transition select(hdr.ipv4.more_fragments, hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (0, 0, IpProtocol.Tcp): parse_tcp;
            (0, 0, IpProtocol.Udp): parse_udp;
            default: accept;
        }
    }
    state parse_ipv6 {
        packet.extract(hdr.ipv6);
        verify(hdr.ipv6.version == 6, error.BadIpv6Header);
        meta.flow.source = hdr.ipv6.source;
        meta.flow.destination = hdr.ipv6.destination;
        meta.flow.label = hdr.ipv6.flow_label;
        meta.flow.protocol = hdr.ipv6.next_header;
        transition select(hdr.ipv6.next_header) {
            IpProtocol.Tcp: parse_tcp;
            IpProtocol.Udp: parse_udp;
            default: accept;
        }
    }
    state parse_tcp {
        packet.extract(hdr.tcp);
        meta.flow.source_port = hdr.tcp.source_port;
        meta.flow.destination_port = hdr.tcp.destination_port;
        transition accept;
    }
    state parse_udp {
        packet.extract(hdr.udp);
        meta.flow.source_port = hdr.udp.source_port;
        meta.flow.destination_port = hdr.udp.destination_port;
        transition accept;
    }
}

control RouterVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control RouterIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }
    // The controller gets the packet as it came in.
    action punt(PuntReason reason) {
        hdr.packet_in_header.setValid();
        hdr.packet_in_header.ingress_port = standard_metadata.ingress_port;
        hdr.packet_in_header.reason = reason;
        standard_metadata.egress_spec = ControllerPort;
        exit;
    }
    action punt_local() {
        punt(PuntReason.Local);
    }
    action punt_no_route() {
        punt(PuntReason.NoRoute);
    }

    // Frames for an interface of the router: a port, or one VLAN of it (without a tag the vid is 0), and the address of
    // the interface. Broadcasts (ARP) and groups (neighbor discovery) have entries that punt.
    action interface(bit<16> vrf) {
        meta.vrf = vrf;
    }
    table interfaces {
        key = {
            standard_metadata.ingress_port: exact;
            meta.vid: exact @name("vid");
            hdr.ethernet.destination: exact;
        }
        actions = { interface; punt_local; drop; }
        const default_action = drop();
        size = 4096;
    }

    action route(bit<16> group) {
        meta.next_hop_group = group;
    }
    table ipv4_routes {
        key = {
            meta.vrf: exact @name("vrf");
            hdr.ipv4.destination: lpm;
        }
        actions = { route; punt_local; drop; @defaultonly punt_no_route; }
        default_action = punt_no_route();
        size = 1048576;
    }
    table ipv6_routes {
        key = {
            meta.vrf: exact @name("vrf");
            hdr.ipv6.destination: lpm;
        }
        actions = { route; punt_local; drop; @defaultonly punt_no_route; }
        default_action = punt_no_route();
        size = 262144;
    }

    // One way to go on: a port or VLAN of it (vid 0: no tag), and the frame's addresses.
    action forward(Port port, bit<12> vid, EthernetAddress source, EthernetAddress destination) {
        standard_metadata.egress_spec = port;
        meta.vid = vid;
        hdr.ethernet.source = source;
        hdr.ethernet.destination = destination;
    }
    action_selector(HashAlgorithm.crc32, 4096, 32) next_hop_selector;
    // A group has one member for each way of equal cost; the hash of the flow chooses.
    table next_hops {
        key = {
            meta.next_hop_group: exact @name("group");
            meta.flow.source: selector;
            meta.flow.destination: selector;
            meta.flow.label: selector;
            meta.flow.protocol: selector;
            meta.flow.source_port: selector;
            meta.flow.destination_port: selector;
        }
        actions = { forward; drop; }
        const default_action = drop();
        implementation = next_hop_selector;
        size = 65536;
    }

    action send_packet_out() {
        standard_metadata.egress_spec = hdr.packet_out_header.egress_port;
        hdr.packet_out_header.setInvalid();
        exit;
    }

    // The tag comes off or on, and says the VLAN of the interface where the packet leaves.
    action set_vlan_tag(EtherType ether_type) {
        hdr.ethernet.ether_type = EtherType.Vlan;
        hdr.vlan_tag.setValid();
        hdr.vlan_tag.pcp = 0;
        hdr.vlan_tag.dei = 0;
        hdr.vlan_tag.vid = meta.vid;
        hdr.vlan_tag.ether_type = ether_type;
    }
    action remove_vlan_tag(EtherType ether_type) {
        hdr.ethernet.ether_type = ether_type;
        hdr.vlan_tag.setInvalid();
    }

    apply {
        if (standard_metadata.parser_error != error.NoError || standard_metadata.checksum_error == 1) {
            drop();
        }
        if (hdr.packet_out_header.isValid()) {
            send_packet_out();
        }
        interfaces.apply();
        EtherType ether_type;
        if (hdr.ipv4.isValid()) {
            // RFC 1812 §5.3.7: a source is the address of one host, no group, no loopback, no broadcast.
            if (hdr.ipv4.source[31:28] == 0xE || hdr.ipv4.source[31:24] == 127 || hdr.ipv4.source == 0xFFFFFFFF) {
                drop();
            }
            ipv4_routes.apply();
            if (hdr.ipv4.ttl <= 1) {
                punt(PuntReason.HopsExhausted);
            }
            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
            ether_type = EtherType.Ipv4;
        } else if (hdr.ipv6.isValid()) {
            // RFC 4291 §2.5.3 and §2.7: neither a group nor the loopback.
            if (hdr.ipv6.source[127:120] == 0xFF || hdr.ipv6.source == 1) {
                drop();
            }
            ipv6_routes.apply();
            if (hdr.ipv6.hop_limit <= 1) {
                punt(PuntReason.HopsExhausted);
            }
            hdr.ipv6.hop_limit = hdr.ipv6.hop_limit - 1;
            ether_type = EtherType.Ipv6;
        } else {
            punt(PuntReason.Local);
        }
        next_hops.apply();
        if (meta.vid == 0) {
            remove_vlan_tag(ether_type);
        } else {
            set_vlan_tag(ether_type);
        }
    }
}

control RouterEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {}
}

control RouterComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control RouterDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.packet_in_header);
        packet.emit(hdr.ethernet);
        packet.emit(hdr.vlan_tag);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv6);
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
    }
}

V1Switch(RouterParser(), RouterVerifyChecksum(), RouterIngress(), RouterEgress(), RouterComputeChecksum(),
         RouterDeparser()) main;
