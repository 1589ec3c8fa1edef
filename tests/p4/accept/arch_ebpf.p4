// P4-16 §17.3: a filter for the eBPF model.

#include <ebpf_model.p4>
header e_t { bit<16> t; }
struct hs { e_t e; }
parser prs(packet_in p, out hs headers) { state start { p.extract(headers.e); transition accept; } }
control pipe(inout hs headers, out bool pass) {
    CounterArray(32w10, true) counters;
    action drop() { pass = false; }
    table t { key = { headers.e.t : exact; } actions = { drop; NoAction; } implementation = hash_table(64); }
    apply { pass = true; t.apply(); counters.increment(1); }
}
ebpfFilter(prs(), pipe()) main;
