// P4-16 §17: a switch for PSA.

#include <core.p4>
#include <bmv2/psa.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type_; }
struct empty_t { }
struct headers_t { ethernet_t ethernet; }
struct metadata_t { bit<32> index; }
parser ip(packet_in b, out headers_t hdr, inout metadata_t meta, in psa_ingress_parser_input_metadata_t istd,
          in empty_t resubmit_meta, in empty_t recirculate_meta) {
    InternetChecksum() ck;
    state start { b.extract(hdr.ethernet); ck.clear(); ck.add(hdr.ethernet); transition accept; }
}
control ingress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                inout psa_ingress_output_metadata_t ostd) {
    Counter<bit<32>, bit<8>>(256, PSA_CounterType_t.PACKETS) counts;
    DirectCounter<bit<32>>(PSA_CounterType_t.BYTES) direct;
    Meter<bit<8>>(16, PSA_MeterType_t.BYTES) meter0;
    Register<bit<32>, bit<8>>(256) reg;
    Register<bit<32>, bit<8>>(256, 7) filled;
    Hash<bit<16>>(PSA_HashAlgorithm_t.CRC16) hasher;
    Random<bit<8>>(0, 255) dice;
    Digest<ethernet_t>() learn;
    action forward(PortId_t port) {
        direct.count();
        send_to_port(ostd, port);
    }
    action group(MulticastGroup_t g) { multicast(ostd, g); }
    table t {
        key = { hdr.ethernet.dst : exact; }
        actions = { forward; group; NoAction; }
        psa_direct_counter = direct;
        psa_implementation = ActionProfile(16);
    }
    table chosen {
        key = { hdr.ethernet.dst : exact; hdr.ethernet.src : selector; }
        actions = { group; NoAction; }
        psa_implementation = ActionSelector(PSA_HashAlgorithm_t.CRC16, 64, 16);
        psa_empty_group_action = group((MulticastGroup_t)5);
    }
    table chosen_too {
        key = { hdr.ethernet.dst : exact; hdr.ethernet.src : selector; }
        actions = { group; }
        psa_implementation = ActionSelector(PSA_HashAlgorithm_t.CRC16, 64, 16);
        psa_empty_group_action = NoAction;
    }
    apply {
        chosen.apply();
        chosen_too.apply();
        if (t.apply().hit) { counts.count(1); } else { learn.pack(hdr.ethernet); ingress_drop(ostd); }
        if (meter0.execute(3) == PSA_MeterColor_t.RED) { ingress_drop(ostd); }
        if (meter0.execute(3, PSA_MeterColor_t.GREEN) != PSA_MeterColor_t.GREEN) { ostd.clone = true; }
        reg.write(0, reg.read(1) + filled.read(2));
        bit<16> h = hasher.get_hash({ hdr.ethernet.src });
        h = hasher.get_hash(16w0, hdr.ethernet.src, 16w64);
        ostd.class_of_service = (ClassOfService_t) (ClassOfServiceUint_t) dice.read();
        if (istd.ingress_port == PSA_PORT_CPU || istd.packet_path == PSA_PacketPath_t.RESUBMIT) { meta.index = 1; }
        if (istd.parser_error != error.NoError) { ostd.drop = true; }
    }
}
control id(packet_out b, out empty_t clone_i2e_meta, out empty_t resubmit_meta, out empty_t normal_meta,
           inout headers_t hdr, in metadata_t meta, in psa_ingress_output_metadata_t istd) {
    apply { if (psa_normal(istd)) { b.emit(hdr); } }
}
parser ep(packet_in b, out headers_t hdr, inout metadata_t meta, in psa_egress_parser_input_metadata_t istd,
          in empty_t normal_meta, in empty_t clone_i2e_meta, in empty_t clone_e2e_meta) {
    state start { b.extract(hdr.ethernet); transition accept; }
}
control egress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
               inout psa_egress_output_metadata_t ostd) {
    apply { if ((EgressInstanceUint_t) istd.instance == 3) { egress_drop(ostd); } }
}
control ed(packet_out b, out empty_t clone_e2e_meta, out empty_t recirculate_meta, inout headers_t hdr,
           in metadata_t meta, in psa_egress_output_metadata_t istd, in psa_egress_deparser_input_metadata_t edstd) {
    apply { b.emit(hdr.ethernet); }
}
IngressPipeline(ip(), ingress(), id()) ing;
EgressPipeline(ep(), egress(), ed()) egr;
PSA_Switch(ing, PacketReplicationEngine(), egr, BufferingQueueingEngine()) main;
