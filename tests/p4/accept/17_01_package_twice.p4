// P4-16 §17.1: one instance of a package is two arguments of another.
#include <core.p4>

parser Parsing<H>(packet_in p, out H h);
control Working<H>(inout H h);
control Deparsing<H>(packet_out p, in H h);
package Pipe<H>(Parsing<H> p, Working<H> w, Deparsing<H> d);
package Switch<H1, H2>(Pipe<H1> first, Pipe<H2> second);

header byte_t { bit<8> x; }
struct headers_t { byte_t e; }
parser P(packet_in p, out headers_t h) {
    state start {
        p.extract(h.e);
        transition accept;
    }
}
control W(inout headers_t h) {
    action set() { h.e.x = 1; }
    table t {
        key = { h.e.x : exact; }
        actions = { set; }
    }
    apply { t.apply(); }
}
control D(packet_out p, in headers_t h) {
    apply { p.emit(h.e); }
}

Pipe(P(), W(), D()) pipe;
Switch(pipe, pipe) main;
