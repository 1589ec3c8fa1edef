// P4-16 §17.2: V1Switch has six blocks.

#include <v1model.p4>
struct h_t { }
struct m_t { }
parser prs(packet_in b, out h_t h, inout m_t m, inout standard_metadata_t sm) { state start { transition accept; } }
control check(inout h_t h, inout m_t m) { apply { } }
control pipe(inout h_t h, inout m_t m, inout standard_metadata_t sm) { apply { } }
control dep(packet_out b, in h_t h) { apply { } }
V1Switch(prs(), check(), pipe(), pipe(), check()) main; // error
