// xdp: passes, sends back, redirects, drops, and takes a header away.
#include <core.p4>
#include <xdp_model.p4>

header tag_t {
    bit<8> what;
}

header sum_t {
    bit<16> checksum;
    bit<16> field;
}

struct headers_t {
    tag_t tag;
    sum_t sum;
}

parser prs(packet_in packet, out headers_t headers) {
    state start {
        packet.extract(headers.tag);
        packet.extract(headers.sum);
        transition accept;
    }
}

control swtch(inout headers_t headers, in xdp_input imd, out xdp_output omd) {
    apply {
        omd.output_port = 0;
        omd.output_action = xdp_action.XDP_DROP;
        if (headers.tag.what == 1) {
            omd.output_action = xdp_action.XDP_PASS;
        } else if (headers.tag.what == 2) {
            omd.output_action = xdp_action.XDP_TX;
            headers.tag.setInvalid();
        } else if (headers.tag.what == 3) {
            omd.output_action = xdp_action.XDP_REDIRECT;
            omd.output_port = imd.input_port + 4;
            headers.sum.checksum = csum_replace2(headers.sum.checksum, headers.sum.field, 16w0x1234);
            headers.sum.field = 0x1234;
        } else if (headers.tag.what == 4) {
            omd.output_action = xdp_action.XDP_ABORTED;
        }
    }
}

control dep(in headers_t headers, packet_out packet) {
    apply {
        packet.emit(headers);
    }
}

xdp(prs(), swtch(), dep()) main;
