// A small frame and PSA's parsers and deparsers for it: what goes from block to block is one byte of metadata.
header frame_t {
    bit<8>  kind;
    bit<8>  a;
    bit<16> b;
}

struct headers_t { frame_t frame; }
struct metadata_t { bit<8> carried; }
struct carried_t { bit<8> value; }

parser FrameIngressParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                          in psa_ingress_parser_input_metadata_t istd, in carried_t resubmit_meta,
                          in carried_t recirculate_meta) {
    state start {
        transition select(istd.packet_path) {
            PSA_PacketPath_t.RESUBMIT: resubmitted;
            PSA_PacketPath_t.RECIRCULATE: recirculated;
            default: parse_frame;
        }
    }
    state resubmitted {
        meta.carried = resubmit_meta.value;
        transition parse_frame;
    }
    state recirculated {
        meta.carried = recirculate_meta.value;
        transition parse_frame;
    }
    state parse_frame {
        packet.extract(hdr.frame);
        transition accept;
    }
}

control FrameIngressDeparser(packet_out packet, out carried_t clone_i2e_meta, out carried_t resubmit_meta,
                             out carried_t normal_meta, inout headers_t hdr, in metadata_t meta,
                             in psa_ingress_output_metadata_t istd) {
    apply {
        if (psa_clone_i2e(istd)) {
            clone_i2e_meta.value = meta.carried + 1;
        }
        if (psa_resubmit(istd)) {
            resubmit_meta.value = meta.carried + 1;
        }
        if (psa_normal(istd)) {
            normal_meta.value = meta.carried;
        }
        packet.emit(hdr.frame);
    }
}

parser FrameEgressParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                         in psa_egress_parser_input_metadata_t istd, in carried_t normal_meta,
                         in carried_t clone_i2e_meta, in carried_t clone_e2e_meta) {
    state start {
        packet.extract(hdr.frame);
        transition select(istd.packet_path) {
            PSA_PacketPath_t.CLONE_I2E: clone_i2e;
            PSA_PacketPath_t.CLONE_E2E: clone_e2e;
            default: normal;
        }
    }
    state clone_i2e {
        meta.carried = clone_i2e_meta.value;
        transition accept;
    }
    state clone_e2e {
        meta.carried = clone_e2e_meta.value;
        transition accept;
    }
    state normal {
        meta.carried = normal_meta.value;
        transition accept;
    }
}

control FrameEgressDeparser(packet_out packet, out carried_t clone_e2e_meta, out carried_t recirculate_meta,
                            inout headers_t hdr, in metadata_t meta, in psa_egress_output_metadata_t istd,
                            in psa_egress_deparser_input_metadata_t edstd) {
    apply {
        if (psa_clone_e2e(istd)) {
            clone_e2e_meta.value = meta.carried + 2;
        }
        if (psa_recirculate(istd, edstd)) {
            recirculate_meta.value = meta.carried + 4;
        }
        packet.emit(hdr.frame);
    }
}

control NoEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply { }
}
