// vxlan_gateway.p4: a VXLAN tunnel end point (RFC 7348) between VLANs of access ports and an IPv4 underlay, with learning
// and head-end replication. docs/p4/vxlan_gateway.md has the details.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

const bit<16> VxlanPort = 4789;
const bit<16> SourcePortBase = 49152;   // RFC 7348 §5: source ports are of the dynamic range,
const bit<16> SourcePortCount = 16384;  // 49152 to 65535.

const bit<16> VxlanHeaderBytes = 8;
const bit<16> UdpHeaderBytes = 8;
const bit<16> Ipv4HeaderBytes = 20;
const bit<16> VlanTagBytes = 4;

// RFC 7348 §5. Only the flag I means something: that the VNI is valid.
header vxlan_t {
    bit<4> reserved1;
    bit<1> has_vni;
    bit<27> reserved2;
    bit<24> vni;
    bit<8> reserved3;
}

struct headers_t {
    // Made here around a frame of a tenant.
    ethernet_t tunnel_ethernet;
    ipv4_plain_t tunnel_ipv4;
    udp_t tunnel_udp;
    vxlan_t tunnel_vxlan;
    // As they come in: of a tenant's frame, or of the underlay.
    ethernet_t ethernet;
    vlan_tag_t vlan_tag;
    ipv4_t ipv4;
    ipv6_t ipv6;
    tcp_t tcp;
    udp_t udp;
    vxlan_t vxlan;
    ethernet_t inner_ethernet;
}

// What the underlay's routers are to keep together.
struct flow_t {
    EthernetAddress source_address;
    EthernetAddress destination_address;
    Ipv6Address source;  // IPv4 addresses are in the lower 32 bits
    Ipv6Address destination;
    IpProtocol protocol;
    bit<16> source_port;
    bit<16> destination_port;
}

struct metadata_t {
    bit<16> bridge_domain;
    bool is_from_tunnel;
    bit<16> tunnel;              // to leave by; 0 for none
    bit<12> vid;                 // of the tenant's frame; 0 without a tag
    EthernetAddress source;      // of the tenant's frame
    EthernetAddress destination;
    bit<16> frame_length;        // bytes of the tenant's frame without a tag
    bit<16> flow_hash;
    bool is_known;               // the source is: behind source_port, source_vtep
    Port source_port;
    Ipv4Address source_vtep;
    Ipv4Address vtep;            // from which the frame came; 0 from an access port
    flow_t flow;
}

// What the controller learns: this address is behind this port or, through it, behind this tunnel end point.
struct learned_t {
    bit<16> bridge_domain;
    EthernetAddress address;
    Port port;
    Ipv4Address vtep;
}

parser GatewayParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                     inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.ethernet);
        meta.flow.source_address = hdr.ethernet.source;
        meta.flow.destination_address = hdr.ethernet.destination;
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
        transition select(hdr.ipv4.more_fragments, hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (0, 0, IpProtocol.Tcp): parse_tcp;
            (0, 0, IpProtocol.Udp): parse_udp;
            default: accept;
        }
    }
    state parse_ipv6 {
        packet.extract(hdr.ipv6);
        meta.flow.source = hdr.ipv6.source;
        meta.flow.destination = hdr.ipv6.destination;
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
        transition select(hdr.ipv4.isValid(), hdr.udp.destination_port) {
            (true, VxlanPort): parse_vxlan;
            default: accept;
        }
    }
    state parse_vxlan {
        packet.extract(hdr.vxlan);
        packet.extract(hdr.inner_ethernet);
        transition accept;
    }
}

control GatewayVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        // Of an underlay's packet only: a tenant's frame is carried as it is.
        verify_checksum(hdr.vxlan.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control GatewayIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }

    // A frame of a tenant: the VLAN of a port belongs to a bridge domain.
    action enter(bit<16> bridge_domain) {
        meta.bridge_domain = bridge_domain;
    }
    table access_vlans {
        key = {
            standard_metadata.ingress_port: exact;
            meta.vid: exact @name("vid");
        }
        actions = { enter; @defaultonly NoAction; }
        const default_action = NoAction();
        size = 16384;
    }

    // A packet of the underlay for a tunnel end point of ours.
    action terminate(bit<16> bridge_domain) {
        meta.bridge_domain = bridge_domain;
        meta.is_from_tunnel = true;
        meta.vtep = hdr.ipv4.source;
    }
    table terminated_tunnels {
        key = {
            hdr.ethernet.destination: exact;
            hdr.ipv4.destination: exact;
            hdr.vxlan.vni: exact;
        }
        actions = { terminate; drop; }
        const default_action = drop();
        size = 16384;
    }

    action known(Port port, Ipv4Address vtep) {
        meta.is_known = true;
        meta.source_port = port;
        meta.source_vtep = vtep;
    }
    table sources {
        key = {
            meta.bridge_domain: exact @name("bridge_domain");
            meta.source: exact @name("address");
        }
        actions = { known; @defaultonly NoAction; }
        const default_action = NoAction();
        support_timeout = true;
        size = 65536;
    }

    action forward_to_port(Port port) {
        standard_metadata.egress_spec = port;
    }
    action forward_to_tunnel(Port port, bit<16> tunnel) {
        standard_metadata.egress_spec = port;
        meta.tunnel = tunnel;
    }
    // The multicast group of a bridge domain has its number. Its replicas for access ports have the rid 0, those for
    // tunnels the tunnel's number.
    action flood() {
        standard_metadata.mcast_grp = meta.bridge_domain;
    }
    table destinations {
        key = {
            meta.bridge_domain: exact @name("bridge_domain");
            meta.destination: exact @name("address");
        }
        actions = { forward_to_port; forward_to_tunnel; drop; @defaultonly flood; }
        const default_action = flood();
        size = 65536;
    }

    action take_tag() {
        hdr.ethernet.ether_type = hdr.vlan_tag.ether_type;
        hdr.vlan_tag.setInvalid();
        meta.frame_length = meta.frame_length - VlanTagBytes;
    }
    action decapsulate() {
        meta.source = hdr.inner_ethernet.source;
        meta.destination = hdr.inner_ethernet.destination;
        hdr.ethernet.setInvalid();
        hdr.vlan_tag.setInvalid();
        hdr.ipv4.setInvalid();
        hdr.udp.setInvalid();
        hdr.vxlan.setInvalid();
    }

    apply {
        if (!hdr.ethernet.isValid()) {
            drop();
        }
        if (access_vlans.apply().hit) {
            meta.source = hdr.ethernet.source;
            meta.destination = hdr.ethernet.destination;
            meta.frame_length = (bit<16>) standard_metadata.packet_length;
            if (hdr.vlan_tag.isValid()) {
                take_tag();
            }
            hash(meta.flow_hash, HashAlgorithm.crc32, SourcePortBase,
                 { meta.flow.source_address, meta.flow.destination_address, meta.flow.source, meta.flow.destination,
                   meta.flow.protocol, meta.flow.source_port, meta.flow.destination_port },
                 SourcePortCount);
        } else {
            // RFC 7348 §5: the flag I must be set; §4.1: what is not for us, or of an unknown VNI, goes no further.
            if (!hdr.inner_ethernet.isValid() || hdr.vxlan.has_vni == 0 || standard_metadata.checksum_error == 1) {
                drop();
            }
            terminated_tunnels.apply();
            decapsulate();
        }
        if (meta.source[40:40] == 1) {
            drop();  // a group address cannot be a source
        }
        sources.apply();
        if (!meta.is_known || meta.source_vtep != meta.vtep ||
            (meta.vtep == 0 && meta.source_port != standard_metadata.ingress_port)) {
            digest<learned_t>(1, { meta.bridge_domain, meta.source, standard_metadata.ingress_port, meta.vtep });
        }
        destinations.apply();
        // Split horizon: what came through the underlay does not go back into it.
        if (meta.is_from_tunnel && meta.tunnel != 0) {
            drop();
        }
    }
}

control GatewayEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }

    action set_vni(bit<24> vni) {
        hdr.tunnel_vxlan.setValid();
        hdr.tunnel_vxlan.reserved1 = 0;
        hdr.tunnel_vxlan.has_vni = 1;
        hdr.tunnel_vxlan.reserved2 = 0;
        hdr.tunnel_vxlan.vni = vni;
        hdr.tunnel_vxlan.reserved3 = 0;
    }
    table vnis {
        key = { meta.bridge_domain: exact @name("bridge_domain"); }
        actions = { set_vni; drop; }
        const default_action = drop();
        size = 16384;
    }

    // The tunnel end point at the other side, and the frame to its next hop.
    action encapsulate(EthernetAddress source_address, EthernetAddress destination_address, Ipv4Address source,
                       Ipv4Address destination) {
        hdr.tunnel_ethernet.setValid();
        hdr.tunnel_ethernet.source = source_address;
        hdr.tunnel_ethernet.destination = destination_address;
        hdr.tunnel_ethernet.ether_type = EtherType.Ipv4;
        hdr.tunnel_ipv4.setValid();
        hdr.tunnel_ipv4.version = 4;
        hdr.tunnel_ipv4.ihl = 5;
        hdr.tunnel_ipv4.dscp = 0;
        hdr.tunnel_ipv4.ecn = 0;
        hdr.tunnel_ipv4.total_length = meta.frame_length + VxlanHeaderBytes + UdpHeaderBytes + Ipv4HeaderBytes;
        hdr.tunnel_ipv4.identification = 0;
        hdr.tunnel_ipv4.reserved = 0;
        hdr.tunnel_ipv4.dont_fragment = 1;  // RFC 7348 §4.3: tunnel end points must not fragment
        hdr.tunnel_ipv4.more_fragments = 0;
        hdr.tunnel_ipv4.fragment_offset = 0;
        hdr.tunnel_ipv4.ttl = 64;
        hdr.tunnel_ipv4.protocol = IpProtocol.Udp;
        hdr.tunnel_ipv4.header_checksum = 0;
        hdr.tunnel_ipv4.source = source;
        hdr.tunnel_ipv4.destination = destination;
        hdr.tunnel_udp.setValid();
        hdr.tunnel_udp.source_port = meta.flow_hash;
        hdr.tunnel_udp.destination_port = VxlanPort;
        hdr.tunnel_udp.length = meta.frame_length + VxlanHeaderBytes + UdpHeaderBytes;
        hdr.tunnel_udp.checksum = 0;  // RFC 7348 §5: should be zero
    }
    table tunnels {
        key = { meta.tunnel: exact @name("tunnel"); }
        actions = { encapsulate; drop; }
        const default_action = drop();
        size = 4096;
    }

    action untagged() {}
    action tagged(bit<12> vid) {
        hdr.vlan_tag.setValid();
        hdr.vlan_tag.pcp = 0;
        hdr.vlan_tag.dei = 0;
        hdr.vlan_tag.vid = vid;
        hdr.vlan_tag.ether_type = hdr.ethernet.ether_type;
        hdr.ethernet.ether_type = EtherType.Vlan;
    }
    table access_tags {
        key = {
            standard_metadata.egress_port: exact;
            meta.bridge_domain: exact @name("bridge_domain");
        }
        actions = { untagged; tagged; drop; }
        const default_action = drop();
        size = 16384;
    }

    apply {
        if (standard_metadata.egress_rid != 0) {
            if (meta.is_from_tunnel) {
                drop();  // split horizon
            }
            meta.tunnel = standard_metadata.egress_rid;
        }
        if (meta.tunnel != 0) {
            vnis.apply();
            tunnels.apply();
        } else {
            if (!meta.is_from_tunnel && standard_metadata.egress_port == standard_metadata.ingress_port) {
                drop();
            }
            if (meta.is_from_tunnel) {
                hdr.ethernet = hdr.inner_ethernet;
                hdr.inner_ethernet.setInvalid();
            }
            access_tags.apply();
        }
    }
}

control GatewayComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.tunnel_ipv4.isValid(),
            { hdr.tunnel_ipv4.version, hdr.tunnel_ipv4.ihl, hdr.tunnel_ipv4.dscp, hdr.tunnel_ipv4.ecn,
              hdr.tunnel_ipv4.total_length, hdr.tunnel_ipv4.identification, hdr.tunnel_ipv4.reserved,
              hdr.tunnel_ipv4.dont_fragment, hdr.tunnel_ipv4.more_fragments, hdr.tunnel_ipv4.fragment_offset,
              hdr.tunnel_ipv4.ttl, hdr.tunnel_ipv4.protocol, hdr.tunnel_ipv4.source, hdr.tunnel_ipv4.destination },
            hdr.tunnel_ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control GatewayDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.tunnel_ethernet);
        packet.emit(hdr.tunnel_ipv4);
        packet.emit(hdr.tunnel_udp);
        packet.emit(hdr.tunnel_vxlan);
        packet.emit(hdr.ethernet);
        packet.emit(hdr.vlan_tag);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv6);
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
        packet.emit(hdr.vxlan);
        packet.emit(hdr.inner_ethernet);
    }
}

V1Switch(GatewayParser(), GatewayVerifyChecksum(), GatewayIngress(), GatewayEgress(), GatewayComputeChecksum(),
         GatewayDeparser()) main;
