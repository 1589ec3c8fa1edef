// P4-16 §17: generic indices of the later v1model.

#define V1MODEL_VERSION 20200408
#include <v1model.p4>
struct headers_t { }
struct metadata_t { }
parser prs(packet_in b, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    state start { transition accept; }
}
control check(inout headers_t hdr, inout metadata_t meta) { apply { } }
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    counter<bit<9>>(512, CounterType.packets) ports;
    meter<bit<4>>(16, MeterType.bytes) m;
    register<bit<8>, bit<3>>(8) r;
    apply {
        PortId_t port = sm.ingress_port;
        bit<8> v;
        ports.count(port);
        m.execute_meter(4w3, v);
        r.read(v, 3w1);
        r.write(2, v + 1);
        sm.egress_spec = port;
    }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) { apply { } }
control dep(packet_out b, in headers_t hdr) { apply { } }
V1Switch(prs(), check(), ingress(), egress(), check(), dep()) main;
