// nat_load_balancer.p4: virtual services of TCP and UDP whose backends an action selector chooses (destination NAT, and
// back), and source NAT for hosts with private addresses, over an IPv4 router. docs/p4/nat_load_balancer.md has the
// details.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

struct headers_t {
    ethernet_t ethernet;
    ipv4_t ipv4;
    tcp_t tcp;
    udp_t udp;
}

struct metadata_t {
    bool is_from_inside;
    bool is_translated;
    bit<16> source_port;
    bit<16> destination_port;
    bit<16> checksum;  // of TCP or UDP
}

// What the controller gets when an inside host opens a connection for which there is no translation yet.
struct new_flow_t {
    Ipv4Address source;
    Ipv4Address destination;
    IpProtocol protocol;
    bit<16> source_port;
    bit<16> destination_port;
}

parser NatParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                 inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.ether_type) {
            EtherType.Ipv4: parse_ipv4;
            default: accept;
        }
    }
    state parse_ipv4 {
        bit<8> version_and_ihl = packet.lookahead<bit<8>>();
        verify(version_and_ihl[7:4] == 4 && version_and_ihl[3:0] >= 5, error.BadIpv4Header);
        packet.extract(hdr.ipv4, ((bit<32>) version_and_ihl[3:0] - 5) * 32);
        transition select(hdr.ipv4.more_fragments, hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (0, 0, IpProtocol.Tcp): parse_tcp;
            (0, 0, IpProtocol.Udp): parse_udp;
            default: accept;
        }
    }
    state parse_tcp {
        packet.extract(hdr.tcp);
        meta.source_port = hdr.tcp.source_port;
        meta.destination_port = hdr.tcp.destination_port;
        meta.checksum = hdr.tcp.checksum;
        transition accept;
    }
    state parse_udp {
        packet.extract(hdr.udp);
        meta.source_port = hdr.udp.source_port;
        meta.destination_port = hdr.udp.destination_port;
        meta.checksum = hdr.udp.checksum;
        transition accept;
    }
}

control NatVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

// RFC 1624, equation 3: the checksum of TCP or UDP after an address (part of the pseudo header) and a port have other
// values. What was wrong before stays wrong: a payload that is damaged is not made to look sound.
control AdjustChecksum(inout bit<16> checksum, in Ipv4Address old_address, in Ipv4Address new_address,
                       in bit<16> old_port, in bit<16> new_port) {
    apply {
        bit<32> sum = (bit<32>) ~checksum + (bit<32>) ~old_address[31:16] + (bit<32>) ~old_address[15:0] +
                      (bit<32>) ~old_port + (bit<32>) new_address[31:16] + (bit<32>) new_address[15:0] +
                      (bit<32>) new_port;
        sum = (bit<32>) sum[15:0] + (bit<32>) sum[31:16];
        sum = (bit<32>) sum[15:0] + (bit<32>) sum[31:16];
        checksum = ~sum[15:0];
    }
}

control NatIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    AdjustChecksum() adjust_source;
    AdjustChecksum() adjust_destination;
    direct_counter(CounterType.packets_and_bytes) service_hits;

    Ipv4Address new_source;
    Ipv4Address new_destination;
    bit<16> new_source_port;
    bit<16> new_destination_port;

    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }

    // Where the hosts are whose sources are translated.
    action inside() {
        meta.is_from_inside = true;
    }
    table inside_ports {
        key = { standard_metadata.ingress_port: exact; }
        actions = { inside; @defaultonly NoAction; }
        const default_action = NoAction();
        size = 512;
    }

    action translate_source(Ipv4Address address, bit<16> port) {
        new_source = address;
        new_source_port = port;
        meta.is_translated = true;
    }
    action translate_destination(Ipv4Address address, bit<16> port) {
        new_destination = address;
        new_destination_port = port;
        meta.is_translated = true;
    }

    // A client's packet to a virtual service. Its group has a member for each backend.
    action_selector(HashAlgorithm.crc32, 4096, 32) backend_selector;
    table services {
        key = {
            hdr.ipv4.destination: exact;
            hdr.ipv4.protocol: exact;
            meta.destination_port: exact @name("destination_port");
            hdr.ipv4.source: selector;
            meta.source_port: selector;
        }
        actions = { translate_destination; drop; @defaultonly NoAction; }
        const default_action = NoAction();
        implementation = backend_selector;
        counters = service_hits;
        size = 4096;
    }
    // A backend's answer: from the address and port of the service again.
    table backends {
        key = {
            hdr.ipv4.source: exact;
            hdr.ipv4.protocol: exact;
            meta.source_port: exact @name("source_port");
        }
        actions = { translate_source; @defaultonly NoAction; }
        const default_action = NoAction();
        size = 65536;
    }

    // Source NAT: an inside host's connections get a public address and a port of it.
    table outbound {
        key = {
            hdr.ipv4.source: exact;
            hdr.ipv4.protocol: exact;
            meta.source_port: exact @name("source_port");
        }
        actions = { translate_source; @defaultonly NoAction; }
        const default_action = NoAction();
        support_timeout = true;
        size = 262144;
    }
    // Its answers.
    table inbound {
        key = {
            hdr.ipv4.destination: exact;
            hdr.ipv4.protocol: exact;
            meta.destination_port: exact @name("destination_port");
        }
        actions = { translate_destination; @defaultonly NoAction; }
        const default_action = NoAction();
        support_timeout = true;
        size = 262144;
    }
    // Destinations that inside hosts reach with their own addresses.
    table untranslated {
        key = { hdr.ipv4.destination: lpm; }
        actions = { NoAction; }
        size = 1024;
    }

    action forward(Port port, EthernetAddress source, EthernetAddress destination) {
        standard_metadata.egress_spec = port;
        hdr.ethernet.source = source;
        hdr.ethernet.destination = destination;
    }
    table routes {
        key = { hdr.ipv4.destination: lpm; }
        actions = { forward; drop; }
        const default_action = drop();
        size = 65536;
    }

    action rewrite() {
        hdr.ipv4.source = new_source;
        hdr.ipv4.destination = new_destination;
        meta.source_port = new_source_port;
        meta.destination_port = new_destination_port;
    }

    apply {
        if (standard_metadata.parser_error != error.NoError || standard_metadata.checksum_error == 1 ||
            !hdr.ipv4.isValid() || hdr.ipv4.ttl <= 1) {
            drop();
        }
        inside_ports.apply();
        bool needs_translation = false;
        if (meta.is_from_inside) {
            needs_translation = !untranslated.apply().hit;
        }
        if (hdr.tcp.isValid() || hdr.udp.isValid()) {
            new_source = hdr.ipv4.source;
            new_destination = hdr.ipv4.destination;
            new_source_port = meta.source_port;
            new_destination_port = meta.destination_port;
            if (!services.apply().hit) {
                inbound.apply();
            }
            if (!meta.is_translated) {
                backends.apply();
            }
            if (!meta.is_translated && needs_translation) {
                outbound.apply();
                if (!meta.is_translated) {
                    digest<new_flow_t>(1, { hdr.ipv4.source, hdr.ipv4.destination, hdr.ipv4.protocol,
                                            meta.source_port, meta.destination_port });
                    drop();  // the host sends it again
                }
            }
        } else if (needs_translation) {
            drop();  // no port to translate: fragments and other protocols
        }
        if (meta.is_translated) {
            adjust_source.apply(meta.checksum, hdr.ipv4.source, new_source, meta.source_port, new_source_port);
            adjust_destination.apply(meta.checksum, hdr.ipv4.destination, new_destination, meta.destination_port,
                                     new_destination_port);
            rewrite();
        }
        hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
        routes.apply();
        if (hdr.tcp.isValid()) {
            hdr.tcp.source_port = meta.source_port;
            hdr.tcp.destination_port = meta.destination_port;
            hdr.tcp.checksum = meta.checksum;
        } else if (hdr.udp.isValid()) {
            hdr.udp.source_port = meta.source_port;
            hdr.udp.destination_port = meta.destination_port;
            // RFC 768: 0 says that there is no checksum; one that comes out as 0 is sent as its other form.
            if (hdr.udp.checksum != 0) {
                hdr.udp.checksum = meta.checksum == 0 ? 16w0xFFFF : meta.checksum;
            }
        }
    }
}

control NatEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {}
}

control NatComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control NatDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
    }
}

V1Switch(NatParser(), NatVerifyChecksum(), NatIngress(), NatEgress(), NatComputeChecksum(), NatDeparser()) main;
