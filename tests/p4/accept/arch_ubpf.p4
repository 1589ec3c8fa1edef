// P4-16 §17: a program for the uBPF model.

#define UBPF_MODEL_VERSION 20200515
#include <ubpf_model.p4>
header e_t { bit<16> t; }
struct hs { e_t e; }
struct ms { }
parser prs(packet_in p, out hs headers, inout ms meta, inout standard_metadata std) {
    state start { p.extract(headers.e); transition accept; }
}
control pipe(inout hs headers, inout ms meta, inout standard_metadata std) {
    Register<bit<32>, bit<16>>(16) r;
    apply {
        r.write(1, r.read(headers.e.t) + 1);
        if (ubpf_time_get_ns() == 0) { mark_to_drop(); } else { mark_to_pass(); }
    }
}
control dep(packet_out b, in hs headers) { apply { b.emit(headers.e); } }
ubpf(prs(), pipe(), dep()) main;
