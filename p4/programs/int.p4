// int.p4: in-band network telemetry (INT) of the kind INT-MD, version 2: source, transit and sink in one program, as its
// tables say, with reports to a collector. docs/p4/int.md has the details and what differs from P4.org's document.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

const bit<6> IntDscp = 0x17;       // says that an INT shim follows TCP or UDP
const bit<8> HeaderWords = 3;      // of the INT-MD header
const bit<16> BytesPerWord = 4;
const bit<16> ReportPort = 32766;  // UDP source port of reports
const bit<8> CloneFields = 1;      // @field_list of what the clone for the collector keeps

const bit<16> ShimAndHeaderBytes = 16;
const bit<16> Ipv4AndUdpBytes = 28;
const bit<16> ReportHeaderBytes = 12;

// INT v2.1 §5.6, a bit each, the first one uppermost.
const bit<16> KnownInstructions = 0xFC00;

header tcp_options_t {
    varbit<320> options;
}

// Between TCP or UDP and what they carry. `length` counts the words behind the shim: INT-MD header and metadata.
header int_shim_t {
    bit<4> type;  // 1: INT-MD
    bit<2> next_protocol_type;  // 0: the original payload follows the metadata
    bit<2> reserved1;
    bit<8> length;
    bit<8> reserved2;
    bit<6> dscp;  // of the packet before the source
    bit<2> reserved3;
}

header int_header_t {
    bit<4> version;  // 2
    bit<1> discard;
    bit<1> exceeded_hops;  // a node had no hop left, and added nothing
    bit<1> exceeded_mtu;   // a node had no room left, and added nothing
    bit<12> reserved;
    bit<5> hop_words;  // of metadata that each node adds
    bit<8> remaining_hops;
    bit<16> instructions;
    bit<16> domain;
    bit<16> domain_instructions;
    bit<16> domain_flags;
}

// What nodes before this one have added, the last one first. 252 words are the most that the shim's length admits.
header int_stack_t {
    varbit<8064> words;
}

// One for each instruction that is known, in the order of their bits.
header int_node_t {
    bit<32> node;
}
header int_ports_t {
    bit<16> ingress_port;
    bit<16> egress_port;
}
header int_hop_latency_t {
    bit<32> latency;  // microseconds
}
header int_queue_t {
    bit<8> queue;
    bit<24> occupancy;  // packets
}
header int_ingress_time_t {
    bit<64> time;  // microseconds
}
header int_egress_time_t {
    bit<64> time;  // microseconds
}

// Telemetry Report Format v2.0: the header of a group and that of its one report.
header report_t {
    bit<4> version;  // 2
    bit<6> hardware;
    bit<22> sequence_number;
    bit<32> node;
    bit<4> type;        // 0: the packet follows
    bit<4> inner_type;  // 4: it begins with Ethernet
    bit<8> length;      // words of what follows these twelve bytes; 255 for 255 and more
    bit<8> metadata_length;
    bit<1> dropped;
    bit<1> congested;
    bit<1> tracked_flow;
    bit<1> intermediate;
    bit<4> reserved;
}

struct headers_t {
    ethernet_t report_ethernet;
    ipv4_plain_t report_ipv4;
    udp_t report_udp;
    report_t report;
    ethernet_t ethernet;
    ipv4_t ipv4;
    tcp_t tcp;
    tcp_options_t tcp_options;
    udp_t udp;
    int_shim_t int_shim;
    int_header_t int_header;
    int_node_t int_node;
    int_ports_t int_ports;
    int_hop_latency_t int_hop_latency;
    int_queue_t int_queue;
    int_ingress_time_t int_ingress_time;
    int_egress_time_t int_egress_time;
    int_stack_t int_stack;
}

struct metadata_t {
    // What the source writes into the packet; no hop, no source.
    @field_list(CloneFields) bit<8> hops;
    @field_list(CloneFields) bit<16> instructions;
    @field_list(CloneFields) bit<5> hop_words;
    // Of the packet that the clone was made of.
    @field_list(CloneFields) Port ingress_port;
    @field_list(CloneFields) Port egress_port;
    @field_list(CloneFields) bit<48> ingress_time;
    @field_list(CloneFields) bit<16> packet_length;
    bool is_sink;
    bit<16> added_bytes;  // in this node
    bit<32> node;
    bit<16> mtu;
}

parser IntParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
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
        verify(hdr.tcp.data_offset >= 5, error.HeaderTooShort);
        packet.extract(hdr.tcp_options, ((bit<32>) hdr.tcp.data_offset - 5) * 32);
        transition parse_payload;
    }
    state parse_udp {
        packet.extract(hdr.udp);
        transition parse_payload;
    }
    state parse_payload {
        transition select(hdr.ipv4.dscp) {
            IntDscp: parse_int;
            default: accept;
        }
    }
    state parse_int {
        packet.extract(hdr.int_shim);
        transition select(hdr.int_shim.type) {
            1: parse_int_header;
            default: accept;
        }
    }
    state parse_int_header {
        verify(hdr.int_shim.length >= HeaderWords, error.HeaderTooShort);
        packet.extract(hdr.int_header);
        packet.extract(hdr.int_stack, ((bit<32>) hdr.int_shim.length - (bit<32>) HeaderWords) * 32);
        transition accept;
    }
}

control IntVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control IntIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    direct_counter(CounterType.packets_and_bytes) watched;

    action drop() {
        mark_to_drop(standard_metadata);
        exit;
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

    // This node is the source for the flow: what each node is to add (a bit each), how many words that is, and how many
    // nodes may do so.
    action source(bit<16> instructions, bit<5> hop_words, bit<8> hops) {
        meta.instructions = instructions;
        meta.hop_words = hop_words;
        meta.hops = hops;
    }
    table watchlist {
        key = {
            standard_metadata.ingress_port: ternary;
            hdr.ipv4.source: ternary;
            hdr.ipv4.destination: ternary;
            hdr.ipv4.protocol: ternary;
        }
        actions = { source; @defaultonly NoAction; }
        const default_action = NoAction();
        counters = watched;
        size = 1024;
    }

    // This node is the sink for what leaves by the port: the session leads to the collector.
    action sink(bit<32> session) {
        meta.is_sink = true;
        clone_preserving_field_list(CloneType.I2E, session, CloneFields);
    }
    table sinks {
        key = { standard_metadata.egress_spec: exact @name("egress_port"); }
        actions = { sink; @defaultonly NoAction; }
        const default_action = NoAction();
        size = 512;
    }

    apply {
        if (standard_metadata.parser_error != error.NoError || standard_metadata.checksum_error == 1) {
            drop();
        }
        destinations.apply();
        if ((hdr.tcp.isValid() || hdr.udp.isValid()) && !hdr.int_shim.isValid()) {
            watchlist.apply();
        }
        if (hdr.int_header.isValid() || meta.hops != 0) {
            meta.ingress_port = standard_metadata.ingress_port;
            meta.egress_port = standard_metadata.egress_spec;
            meta.ingress_time = standard_metadata.ingress_global_timestamp;
            meta.packet_length = (bit<16>) standard_metadata.packet_length;
            sinks.apply();
        }
    }
}

// Puts shim and INT-MD header into a packet that has none.
control AddHeader(inout headers_t hdr, inout metadata_t meta) {
    apply {
        hdr.int_shim.setValid();
        hdr.int_shim.type = 1;
        hdr.int_shim.next_protocol_type = 0;
        hdr.int_shim.reserved1 = 0;
        hdr.int_shim.length = HeaderWords;
        hdr.int_shim.reserved2 = 0;
        hdr.int_shim.dscp = hdr.ipv4.dscp;
        hdr.int_shim.reserved3 = 0;
        hdr.int_header.setValid();
        hdr.int_header.version = 2;
        hdr.int_header.discard = 0;
        hdr.int_header.exceeded_hops = 0;
        hdr.int_header.exceeded_mtu = 0;
        hdr.int_header.reserved = 0;
        hdr.int_header.hop_words = meta.hop_words;
        hdr.int_header.remaining_hops = meta.hops;
        hdr.int_header.instructions = meta.instructions;
        hdr.int_header.domain = 0;
        hdr.int_header.domain_instructions = 0;
        hdr.int_header.domain_flags = 0;
        hdr.ipv4.dscp = IntDscp;
        meta.added_bytes = ShimAndHeaderBytes;
    }
}

// Adds what the instructions ask for, or says why it does not.
control AddMetadata(inout headers_t hdr, inout metadata_t meta, in standard_metadata_t standard_metadata) {
    bit<5> words = 0;

    action add_node() {
        hdr.int_node.setValid();
        hdr.int_node.node = meta.node;
        words = words + 1;
    }
    action add_ports() {
        hdr.int_ports.setValid();
        hdr.int_ports.ingress_port = (bit<16>) meta.ingress_port;
        hdr.int_ports.egress_port = (bit<16>) meta.egress_port;
        words = words + 1;
    }
    action add_hop_latency() {
        hdr.int_hop_latency.setValid();
        hdr.int_hop_latency.latency = (bit<32>) (standard_metadata.egress_global_timestamp - meta.ingress_time);
        words = words + 1;
    }
    action add_queue() {
        hdr.int_queue.setValid();
        hdr.int_queue.queue = (bit<8>) standard_metadata.priority;
        hdr.int_queue.occupancy = (bit<24>) standard_metadata.enq_qdepth;
        words = words + 1;
    }
    action add_ingress_time() {
        hdr.int_ingress_time.setValid();
        hdr.int_ingress_time.time = (bit<64>) meta.ingress_time;
        words = words + 2;
    }
    action add_egress_time() {
        hdr.int_egress_time.setValid();
        hdr.int_egress_time.time = (bit<64>) standard_metadata.egress_global_timestamp;
        words = words + 2;
    }
    action remove_all() {
        hdr.int_node.setInvalid();
        hdr.int_ports.setInvalid();
        hdr.int_hop_latency.setInvalid();
        hdr.int_queue.setInvalid();
        hdr.int_ingress_time.setInvalid();
        hdr.int_egress_time.setInvalid();
    }

    apply {
        if (hdr.int_header.remaining_hops == 0) {
            hdr.int_header.exceeded_hops = 1;
            return;
        }
        bit<16> bytes = (bit<16>) hdr.int_header.hop_words * BytesPerWord;
        if (meta.packet_length |+| meta.added_bytes |+| bytes > meta.mtu ||
            (bit<9>) hdr.int_shim.length + (bit<9>) hdr.int_header.hop_words > 255) {
            hdr.int_header.exceeded_mtu = 1;
            return;
        }
        bit<16> instructions = hdr.int_header.instructions;
        if (instructions[15:15] == 1) { add_node(); }
        if (instructions[14:14] == 1) { add_ports(); }
        if (instructions[13:13] == 1) { add_hop_latency(); }
        if (instructions[12:12] == 1) { add_queue(); }
        if (instructions[11:11] == 1) { add_ingress_time(); }
        if (instructions[10:10] == 1) { add_egress_time(); }
        // The sink takes the stack apart by hop_words: a node that would add something else adds nothing.
        if ((instructions & ~KnownInstructions) != 0 || words != hdr.int_header.hop_words) {
            remove_all();
            return;
        }
        hdr.int_header.remaining_hops = hdr.int_header.remaining_hops - 1;
        hdr.int_shim.length = hdr.int_shim.length + (bit<8>) words;
        meta.added_bytes = meta.added_bytes + bytes;
    }
}

// Wraps the clone: Ethernet, IPv4 and UDP to the collector, and the report's headers.
control Report(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<32>>(1) report_numbers;

    action drop() {
        mark_to_drop(standard_metadata);
    }
    action send_report(EthernetAddress source_address, EthernetAddress destination_address, Ipv4Address source,
                       Ipv4Address destination, bit<16> destination_port) {
        bit<16> inner_length = meta.packet_length + meta.added_bytes;
        hdr.report_ethernet.setValid();
        hdr.report_ethernet.source = source_address;
        hdr.report_ethernet.destination = destination_address;
        hdr.report_ethernet.ether_type = EtherType.Ipv4;
        hdr.report_ipv4.setValid();
        hdr.report_ipv4.version = 4;
        hdr.report_ipv4.ihl = 5;
        hdr.report_ipv4.dscp = 0;
        hdr.report_ipv4.ecn = 0;
        hdr.report_ipv4.total_length = Ipv4AndUdpBytes + ReportHeaderBytes + inner_length;
        hdr.report_ipv4.identification = 0;
        hdr.report_ipv4.reserved = 0;
        hdr.report_ipv4.dont_fragment = 0;
        hdr.report_ipv4.more_fragments = 0;
        hdr.report_ipv4.fragment_offset = 0;
        hdr.report_ipv4.ttl = 64;
        hdr.report_ipv4.protocol = IpProtocol.Udp;
        hdr.report_ipv4.header_checksum = 0;
        hdr.report_ipv4.source = source;
        hdr.report_ipv4.destination = destination;
        hdr.report_udp.setValid();
        hdr.report_udp.source_port = ReportPort;
        hdr.report_udp.destination_port = destination_port;
        hdr.report_udp.length = 8 + ReportHeaderBytes + inner_length;
        hdr.report_udp.checksum = 0;
        hdr.report.setValid();
        hdr.report.version = 2;
        hdr.report.hardware = 0;
        hdr.report.node = meta.node;
        hdr.report.type = 0;
        hdr.report.inner_type = 4;
        hdr.report.metadata_length = 0;
        hdr.report.dropped = 0;
        hdr.report.congested = 0;
        hdr.report.tracked_flow = 1;
        hdr.report.intermediate = 0;
        hdr.report.reserved = 0;
        hdr.report.length = inner_length > 1017 ? 8w255 : ((inner_length + 3) >> 2)[7:0];
    }
    table collectors {
        key = { standard_metadata.egress_port: exact; }
        actions = { send_report; drop; }
        const default_action = drop();
        size = 512;
    }

    apply {
        if (collectors.apply().hit) {
            bit<32> number;
            @atomic {
                report_numbers.read(number, 0);
                report_numbers.write(0, number + 1);
            }
            hdr.report.sequence_number = number[21:0];
        }
    }
}

control IntEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    AddHeader() add_header;
    AddMetadata() add_metadata;
    Report() report;

    // Who this node is, and the longest packet that its links carry.
    action set_node(bit<32> node, bit<16> mtu) {
        meta.node = node;
        meta.mtu = mtu;
    }
    table node {
        actions = { set_node; }
        default_action = set_node(0, 1514);
    }

    // The packet is again as it was before the source.
    action remove_int() {
        hdr.ipv4.dscp = hdr.int_shim.dscp;
        hdr.int_shim.setInvalid();
        hdr.int_header.setInvalid();
        hdr.int_stack.setInvalid();
    }

    apply {
        node.apply();
        bool is_clone = standard_metadata.instance_type == 1;
        if (meta.is_sink && !is_clone) {
            if (hdr.int_header.isValid()) {
                bit<16> bytes = ((bit<16>) hdr.int_shim.length + 1) * BytesPerWord;
                hdr.ipv4.total_length = hdr.ipv4.total_length - bytes;
                if (hdr.udp.isValid()) {
                    hdr.udp.length = hdr.udp.length - bytes;
                }
                remove_int();
            }
            return;
        }
        if (is_clone) {
            meta.mtu = 0xFFFF;  // what a report carries need not fit the link of the packet
        }
        // A source that has no room for the headers does not begin.
        if (hdr.int_header.isValid() || (meta.hops != 0 && meta.packet_length |+| ShimAndHeaderBytes <= meta.mtu)) {
            if (!hdr.int_header.isValid()) {
                add_header.apply(hdr, meta);
            }
            add_metadata.apply(hdr, meta, standard_metadata);
            hdr.ipv4.total_length = hdr.ipv4.total_length + meta.added_bytes;
            if (hdr.udp.isValid()) {
                hdr.udp.length = hdr.udp.length + meta.added_bytes;
            }
            if (is_clone) {
                report.apply(hdr, meta, standard_metadata);
            }
        }
    }
}

control IntComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.dont_fragment, hdr.ipv4.more_fragments,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination,
              hdr.ipv4.options },
            hdr.ipv4.header_checksum, HashAlgorithm.csum16);
        update_checksum(hdr.report_ipv4.isValid(),
            { hdr.report_ipv4.version, hdr.report_ipv4.ihl, hdr.report_ipv4.dscp, hdr.report_ipv4.ecn,
              hdr.report_ipv4.total_length, hdr.report_ipv4.identification, hdr.report_ipv4.reserved,
              hdr.report_ipv4.dont_fragment, hdr.report_ipv4.more_fragments, hdr.report_ipv4.fragment_offset,
              hdr.report_ipv4.ttl, hdr.report_ipv4.protocol, hdr.report_ipv4.source, hdr.report_ipv4.destination },
            hdr.report_ipv4.header_checksum, HashAlgorithm.csum16);
    }
}

control IntDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.report_ethernet);
        packet.emit(hdr.report_ipv4);
        packet.emit(hdr.report_udp);
        packet.emit(hdr.report);
        packet.emit(hdr.ethernet);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.tcp);
        packet.emit(hdr.tcp_options);
        packet.emit(hdr.udp);
        packet.emit(hdr.int_shim);
        packet.emit(hdr.int_header);
        packet.emit(hdr.int_node);
        packet.emit(hdr.int_ports);
        packet.emit(hdr.int_hop_latency);
        packet.emit(hdr.int_queue);
        packet.emit(hdr.int_ingress_time);
        packet.emit(hdr.int_egress_time);
        packet.emit(hdr.int_stack);
    }
}

V1Switch(IntParser(), IntVerifyChecksum(), IntIngress(), IntEgress(), IntComputeChecksum(), IntDeparser()) main;
