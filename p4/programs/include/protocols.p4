// protocols.p4: headers and numbers of the protocols that the programs of this folder share. Each program has its own
// parser: what is worth parsing differs.

#ifndef PROTOCOLS_P4
#define PROTOCOLS_P4

typedef bit<48> EthernetAddress;
typedef bit<32> Ipv4Address;
typedef bit<128> Ipv6Address;
typedef bit<9> Port;

enum bit<16> EtherType {
    Ipv4 = 0x0800,
    Arp = 0x0806,
    Vlan = 0x8100,
    Ipv6 = 0x86DD
}

enum bit<8> IpProtocol {
    Icmp = 1,
    Tcp = 6,
    Udp = 17,
    Gre = 47,
    Icmpv6 = 58
}

error {
    BadIpv4Header,  // Another version than 4, or a length below that of the fixed part.
    BadIpv6Header   // Another version than 6.
}

header ethernet_t {
    EthernetAddress destination;
    EthernetAddress source;
    EtherType ether_type;
}

// IEEE 802.1Q. What follows the tag is `ether_type`.
header vlan_tag_t {
    bit<3> pcp;
    bit<1> dei;
    bit<12> vid;
    EtherType ether_type;
}

// RFC 791, with the words of RFC 2474 and RFC 3168 for the second byte.
header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<6> dscp;
    bit<2> ecn;
    bit<16> total_length;
    bit<16> identification;
    bit<1> reserved;
    bit<1> dont_fragment;
    bit<1> more_fragments;
    bit<13> fragment_offset;
    bit<8> ttl;
    IpProtocol protocol;
    bit<16> header_checksum;
    Ipv4Address source;
    Ipv4Address destination;
    varbit<320> options;
}

// An IPv4 header that a program makes itself: it has no options.
header ipv4_plain_t {
    bit<4> version;
    bit<4> ihl;
    bit<6> dscp;
    bit<2> ecn;
    bit<16> total_length;
    bit<16> identification;
    bit<1> reserved;
    bit<1> dont_fragment;
    bit<1> more_fragments;
    bit<13> fragment_offset;
    bit<8> ttl;
    IpProtocol protocol;
    bit<16> header_checksum;
    Ipv4Address source;
    Ipv4Address destination;
}

// RFC 8200.
header ipv6_t {
    bit<4> version;
    bit<6> dscp;
    bit<2> ecn;
    bit<20> flow_label;
    bit<16> payload_length;
    IpProtocol next_header;
    bit<8> hop_limit;
    Ipv6Address source;
    Ipv6Address destination;
}

// RFC 9293, without options.
header tcp_t {
    bit<16> source_port;
    bit<16> destination_port;
    bit<32> sequence_number;
    bit<32> acknowledgment_number;
    bit<4> data_offset;
    bit<4> reserved;
    bit<1> cwr;
    bit<1> ece;
    bit<1> urg;
    bit<1> ack;
    bit<1> psh;
    bit<1> rst;
    bit<1> syn;
    bit<1> fin;
    bit<16> window;
    bit<16> checksum;
    bit<16> urgent_pointer;
}

// RFC 768.
header udp_t {
    bit<16> source_port;
    bit<16> destination_port;
    bit<16> length;
    bit<16> checksum;
}

// RFC 792 and RFC 4443: what all messages have.
header icmp_t {
    bit<8> type;
    bit<8> code;
    bit<16> checksum;
}

// RFC 792: what the messages of an echo have behind it.
header icmp_echo_t {
    bit<16> identifier;
    bit<16> sequence_number;
}

#endif
