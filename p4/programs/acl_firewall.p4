// acl_firewall.p4: a transparent firewall: ternary access lists with counters, and connections of inside hosts, whose
// answers pass without a rule. docs/p4/acl_firewall.md has the details.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

const bit<32> ConnectionCount = 65536;

// A connection that has been silent for so long, in microseconds, is none any more.
const bit<48> OpeningTimeout = 30000000;        // 30 s: no answer yet
const bit<48> EstablishedTcpTimeout = 7200000000;  // 2 h (RFC 5382 §5 asks for 2 h 4 min of NATs)
const bit<48> EstablishedTimeout = 120000000;   // 2 min: UDP and echo (RFC 4787 §4.3)
const bit<48> ClosingTimeout = 10000000;        // 10 s: a FIN or RST was seen

enum bit<8> ConnectionState {
    None = 0,
    OpeningFromInside = 1,
    OpeningFromOutside = 2,
    Established = 3,  // the other side has answered
    Closing = 4       // one side has sent a FIN or RST
}

enum bit<1> Zone {
    Inside = 0,
    Outside = 1
}

struct headers_t {
    ethernet_t ethernet;
    vlan_tag_t vlan_tag;
    ipv4_t ipv4;
    ipv6_t ipv6;
    tcp_t tcp;
    udp_t udp;
    icmp_t icmp;
    icmp_echo_t icmp_echo;
}

// A connection as the inside host sees it: both directions have the same, whoever has opened it.
struct connection_t {
    Ipv6Address inside;  // IPv4 addresses are in the lower 32 bits
    Ipv6Address outside;
    IpProtocol protocol;
    bit<16> inside_port;  // of an echo its identifier, in both
    bit<16> outside_port;
}

struct metadata_t {
    Zone zone;  // where the packet comes from
    Port egress_port;
    bit<16> source_port;
    bit<16> destination_port;
    bool is_trackable;   // it has ports or an identifier
    bool is_first;       // it may open a connection
    bool is_last;        // it closes one
    connection_t connection;
    bit<32> index;
    bit<32> fingerprint;
    bool is_permitted;
    bool is_to_be_tracked;
}

parser FirewallParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
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
        // Fragments behind the first have no ports: only rules without ports permit them.
        transition select(hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (0, IpProtocol.Tcp): parse_tcp;
            (0, IpProtocol.Udp): parse_udp;
            (0, IpProtocol.Icmp): parse_icmp;
            default: accept;
        }
    }
    state parse_ipv6 {
        packet.extract(hdr.ipv6);
        verify(hdr.ipv6.version == 6, error.BadIpv6Header);
        transition select(hdr.ipv6.next_header) {
            IpProtocol.Tcp: parse_tcp;
            IpProtocol.Udp: parse_udp;
            IpProtocol.Icmpv6: parse_icmpv6;
            default: accept;
        }
    }
    state parse_tcp {
        packet.extract(hdr.tcp);
        meta.source_port = hdr.tcp.source_port;
        meta.destination_port = hdr.tcp.destination_port;
        meta.is_trackable = true;
        meta.is_first = hdr.tcp.syn == 1 && hdr.tcp.ack == 0;
        meta.is_last = hdr.tcp.fin == 1 || hdr.tcp.rst == 1;
        transition accept;
    }
    state parse_udp {
        packet.extract(hdr.udp);
        meta.source_port = hdr.udp.source_port;
        meta.destination_port = hdr.udp.destination_port;
        meta.is_trackable = true;
        meta.is_first = true;
        transition accept;
    }
    state parse_icmp {
        packet.extract(hdr.icmp);
        transition select(hdr.icmp.type) {
            0: parse_icmp_echo;  // echo reply
            8: parse_icmp_echo;  // echo
            default: accept;
        }
    }
    state parse_icmpv6 {
        packet.extract(hdr.icmp);
        transition select(hdr.icmp.type) {
            128: parse_icmp_echo;  // echo request
            129: parse_icmp_echo;  // echo reply
            default: accept;
        }
    }
    state parse_icmp_echo {
        packet.extract(hdr.icmp_echo);
        meta.source_port = hdr.icmp_echo.identifier;
        meta.destination_port = hdr.icmp_echo.identifier;
        meta.is_trackable = true;
        meta.is_first = hdr.icmp.type == 8 || hdr.icmp.type == 128;
        transition accept;
    }
}

control FirewallVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

// Finds the packet's connection, moves it on, and opens one where the access list said so. A connection is a cell of
// three registers; which one, a hash says. Two connections of one cell are told apart by a second hash: the one that
// came first keeps the cell until it times out.
control Connections(inout metadata_t meta, in bit<48> now) {
    register<bit<8>>(ConnectionCount) connection_states;
    register<bit<32>>(ConnectionCount) connection_fingerprints;
    register<bit<48>>(ConnectionCount) connection_times;  // of the last packet
    counter(1, CounterType.packets) connections_refused;  // the cell was taken

    action hash_connection() {
        hash(meta.index, HashAlgorithm.crc16, 32w0,
             { meta.connection.inside, meta.connection.outside, meta.connection.protocol, meta.connection.inside_port,
               meta.connection.outside_port },
             ConnectionCount);
        hash(meta.fingerprint, HashAlgorithm.crc32, 32w0,
             { meta.connection.inside, meta.connection.outside, meta.connection.protocol, meta.connection.inside_port,
               meta.connection.outside_port },
             32w0xFFFFFFFF);
    }

    apply {
        hash_connection();
        @atomic {
            bit<8> stored_state;
            bit<32> fingerprint;
            bit<48> last;
            connection_states.read(stored_state, meta.index);
            connection_fingerprints.read(fingerprint, meta.index);
            connection_times.read(last, meta.index);
            ConnectionState state = (ConnectionState) stored_state;

            bit<48> timeout = OpeningTimeout;
            if (state == ConnectionState.Established) {
                timeout = meta.connection.protocol == IpProtocol.Tcp ? EstablishedTcpTimeout : EstablishedTimeout;
            } else if (state == ConnectionState.Closing) {
                timeout = ClosingTimeout;
            }
            if (now - last > timeout) {
                state = ConnectionState.None;
            }

            ConnectionState opening =
                meta.zone == Zone.Inside ? ConnectionState.OpeningFromInside : ConnectionState.OpeningFromOutside;
            if (state != ConnectionState.None && fingerprint == meta.fingerprint) {
                meta.is_permitted = true;
                if (meta.is_last) {
                    state = ConnectionState.Closing;
                } else if ((state == ConnectionState.OpeningFromInside && meta.zone == Zone.Outside) ||
                           (state == ConnectionState.OpeningFromOutside && meta.zone == Zone.Inside)) {
                    state = ConnectionState.Established;
                } else if (state == ConnectionState.Closing && meta.is_to_be_tracked) {
                    state = opening;  // the same ports again
                }
            } else if (meta.is_to_be_tracked && state == ConnectionState.None) {
                state = opening;
                fingerprint = meta.fingerprint;
            } else {
                if (meta.is_to_be_tracked) {
                    connections_refused.count(0);
                }
                return;
            }
            connection_states.write(meta.index, (bit<8>) state);
            connection_fingerprints.write(meta.index, fingerprint);
            connection_times.write(meta.index, now);
        }
    }
}

control FirewallIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Connections() connections;
    direct_counter(CounterType.packets_and_bytes) ipv4_acl_hits;
    direct_counter(CounterType.packets_and_bytes) ipv6_acl_hits;
    counter(2, CounterType.packets_and_bytes) dropped;  // by the zone where the packet came from

    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }

    // The firewall is between two ports: what comes in by one leaves by the other.
    action wire(Port egress_port, Zone zone) {
        meta.egress_port = egress_port;
        meta.zone = zone;
    }
    table wires {
        key = { standard_metadata.ingress_port: exact; }
        actions = { wire; drop; }
        const default_action = drop();
        size = 512;
    }

    action permit() {
        meta.is_permitted = true;
    }
    // Its answers are permitted too.
    action permit_and_track() {
        meta.is_permitted = meta.is_first || !meta.is_trackable;
        meta.is_to_be_tracked = meta.is_first;
    }
    // Even a packet of a connection that is there already.
    action deny() {
        dropped.count((bit<32>) (bit<1>) meta.zone);
        drop();
    }
    // Without a rule, only packets of connections pass.
    table ipv4_acl {
        key = {
            meta.zone: ternary @name("zone");
            hdr.ipv4.source: ternary;
            hdr.ipv4.destination: ternary;
            hdr.ipv4.protocol: ternary;
            meta.source_port: range @name("source_port");
            meta.destination_port: range @name("destination_port");
        }
        actions = { permit; permit_and_track; deny; @defaultonly NoAction; }
        const default_action = NoAction();
        counters = ipv4_acl_hits;
        size = 10240;
    }
    table ipv6_acl {
        key = {
            meta.zone: ternary @name("zone");
            hdr.ipv6.source: ternary;
            hdr.ipv6.destination: ternary;
            hdr.ipv6.next_header: ternary;
            meta.source_port: range @name("source_port");
            meta.destination_port: range @name("destination_port");
        }
        actions = { permit; permit_and_track; deny; @defaultonly NoAction; }
        const default_action = NoAction();
        counters = ipv6_acl_hits;
        size = 10240;
    }
    // Frames that are neither IPv4 nor IPv6.
    table other_frames {
        key = { hdr.ethernet.ether_type: exact; }
        actions = { permit; deny; }
        const default_action = deny();
        entries = { EtherType.Arp: permit(); }
        size = 64;
    }

    action set_connection(Ipv6Address source, Ipv6Address destination, IpProtocol protocol) {
        meta.connection.inside = source;
        meta.connection.outside = destination;
        meta.connection.protocol = protocol;
        meta.connection.inside_port = meta.source_port;
        meta.connection.outside_port = meta.destination_port;
    }
    action set_reverse_connection(Ipv6Address source, Ipv6Address destination, IpProtocol protocol) {
        meta.connection.inside = destination;
        meta.connection.outside = source;
        meta.connection.protocol = protocol;
        meta.connection.inside_port = meta.destination_port;
        meta.connection.outside_port = meta.source_port;
    }

    apply {
        if (standard_metadata.parser_error != error.NoError || standard_metadata.checksum_error == 1) {
            drop();
        }
        wires.apply();
        Ipv6Address source = 0;
        Ipv6Address destination = 0;
        IpProtocol protocol = IpProtocol.Icmp;
        if (hdr.ipv4.isValid()) {
            ipv4_acl.apply();
            source = (bit<128>) hdr.ipv4.source;
            destination = (bit<128>) hdr.ipv4.destination;
            protocol = hdr.ipv4.protocol;
        } else if (hdr.ipv6.isValid()) {
            ipv6_acl.apply();
            source = hdr.ipv6.source;
            destination = hdr.ipv6.destination;
            protocol = hdr.ipv6.next_header;
        } else {
            other_frames.apply();
        }
        if (meta.is_trackable) {
            if (meta.zone == Zone.Inside) {
                set_connection(source, destination, protocol);
            } else {
                set_reverse_connection(source, destination, protocol);
            }
            connections.apply(meta, standard_metadata.ingress_global_timestamp);
        }
        if (!meta.is_permitted) {
            deny();
        }
        standard_metadata.egress_spec = meta.egress_port;
    }
}

control FirewallEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {}
}

control FirewallComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control FirewallDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
        packet.emit(hdr.vlan_tag);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv6);
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
        packet.emit(hdr.icmp);
        packet.emit(hdr.icmp_echo);
    }
}

V1Switch(FirewallParser(), FirewallVerifyChecksum(), FirewallIngress(), FirewallEgress(), FirewallComputeChecksum(),
         FirewallDeparser()) main;
