// l2_switch.p4: a learning Ethernet switch with VLANs (IEEE 802.1Q). The controller learns addresses from digests and
// forgets them when their entries have been idle. docs/p4/l2_switch.md has the details.

#include <core.p4>
#include <v1model.p4>
#include "include/protocols.p4"

struct headers_t {
    ethernet_t ethernet;
    vlan_tag_t vlan_tag;
}

struct metadata_t {
    bit<12> vid;  // the VLAN that the frame belongs to, tagged or not
    bit<3> pcp;
    bit<1> dei;
    bool is_known;     // the source address is: behind source_port
    Port source_port;
}

// What the controller learns: this address is behind this port.
struct learned_t {
    bit<12> vid;
    EthernetAddress address;
    Port port;
}

parser SwitchParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                    inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.ether_type) {
            EtherType.Vlan: parse_vlan_tag;
            default: accept;
        }
    }
    state parse_vlan_tag {
        packet.extract(hdr.vlan_tag);
        transition accept;
    }
}

control SwitchVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control SwitchIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    counter(4096, CounterType.packets_and_bytes) vlan_received;  // by VLAN

    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }

    // The port belongs to one VLAN, and this frame says no VLAN of its own.
    action access(bit<12> vid) {
        meta.vid = vid;
    }
    // The port may carry the VLAN that the tag says.
    action trunk() {
        meta.vid = hdr.vlan_tag.vid;
    }
    // Which VLAN a frame belongs to. A frame without a tag, or with the tag of VLAN 0, which only says a priority
    // (IEEE 802.1Q §6.9), has the vid 0.
    table port_vlans {
        key = {
            standard_metadata.ingress_port: exact;
            meta.vid: exact @name("vid");
        }
        actions = { access; trunk; drop; }
        const default_action = drop();
        size = 65536;
    }

    action known(Port port) {
        meta.source_port = port;
        meta.is_known = true;
    }
    // Each hit keeps an entry from being idle: those that are belong to stations that are silent or gone.
    table sources {
        key = {
            meta.vid: exact @name("vid");
            hdr.ethernet.source: exact @name("address");
        }
        actions = { known; @defaultonly NoAction; }
        const default_action = NoAction();
        support_timeout = true;
        size = 65536;
    }

    action forward(Port port) {
        standard_metadata.egress_spec = port;
    }
    // For static group addresses.
    action multicast(bit<16> group) {
        standard_metadata.mcast_grp = group;
    }
    // The multicast group of a VLAN has the number of the VLAN.
    action flood() {
        standard_metadata.mcast_grp = (bit<16>) meta.vid;
    }
    table destinations {
        key = {
            meta.vid: exact @name("vid");
            hdr.ethernet.destination: exact @name("address");
        }
        actions = { forward; multicast; drop; @defaultonly flood; }
        const default_action = flood();
        size = 65536;
    }

    // Takes the tag off; egress puts one on where the port wants it.
    action take_tag() {
        meta.vid = hdr.vlan_tag.vid;
        meta.pcp = hdr.vlan_tag.pcp;
        meta.dei = hdr.vlan_tag.dei;
    }

    apply {
        if (standard_metadata.parser_error != error.NoError) {
            drop();
        }
        if (hdr.vlan_tag.isValid()) {
            take_tag();
        }
        port_vlans.apply();
        if (hdr.vlan_tag.isValid()) {
            hdr.ethernet.ether_type = hdr.vlan_tag.ether_type;
            hdr.vlan_tag.setInvalid();
        }
        vlan_received.count((bit<32>) meta.vid);
        // A group address cannot be a source (IEEE 802.3 §3.2.3); a bridge does not relay the reserved group addresses
        // 01-80-C2-00-00-00 to -0F (IEEE 802.1Q §8.6.3).
        if (hdr.ethernet.source[40:40] == 1 || hdr.ethernet.destination[47:4] == 0x0180C200000) {
            drop();
        }
        sources.apply();
        if (!meta.is_known || meta.source_port != standard_metadata.ingress_port) {
            digest<learned_t>(1, { meta.vid, hdr.ethernet.source, standard_metadata.ingress_port });
        }
        destinations.apply();
        if (standard_metadata.mcast_grp == 0 && standard_metadata.egress_spec == standard_metadata.ingress_port) {
            drop();  // the destination is where the frame came from
        }
    }
}

control SwitchEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    counter(4096, CounterType.packets_and_bytes) vlan_sent;  // by VLAN

    action drop() {
        mark_to_drop(standard_metadata);
        exit;
    }
    action untagged() {}
    action tagged() {
        hdr.vlan_tag.setValid();
        hdr.vlan_tag.pcp = meta.pcp;
        hdr.vlan_tag.dei = meta.dei;
        hdr.vlan_tag.vid = meta.vid;
        hdr.vlan_tag.ether_type = hdr.ethernet.ether_type;
        hdr.ethernet.ether_type = EtherType.Vlan;
    }
    // How a port carries a VLAN; one that is not here does not leave by the port.
    table port_tags {
        key = {
            standard_metadata.egress_port: exact;
            meta.vid: exact @name("vid");
        }
        actions = { untagged; tagged; drop; }
        const default_action = drop();
        size = 65536;
    }

    apply {
        // Of the copies of a flooded frame, one is for the port where the frame came from.
        if (standard_metadata.egress_port == standard_metadata.ingress_port) {
            drop();
        }
        port_tags.apply();
        vlan_sent.count((bit<32>) meta.vid);
    }
}

control SwitchComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control SwitchDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
        packet.emit(hdr.vlan_tag);
    }
}

V1Switch(SwitchParser(), SwitchVerifyChecksum(), SwitchIngress(), SwitchEgress(), SwitchComputeChecksum(),
         SwitchDeparser()) main;
