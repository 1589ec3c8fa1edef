// P4-16 §11.3: externs, controls, parsers and packages, with annotations and named arguments.

#include <core.p4>
enum CounterType { Packets, Bytes, Both }
extern Counter { Counter(bit<32> size, CounterType type); void increment(in bit<32> index); }
extern Generic<T> { Generic(T initial); T get(); }
Counter(32w1024, CounterType.Both) global;
Generic(8w1) inferred;
Generic<bit<16>>(1) written;
parser sub(packet_in b) { state start { transition accept; } }
parser p(packet_in b) {
    sub() s;
    Counter(1, CounterType.Packets) k;
    state start { s.apply(b); k.increment(0); transition accept; }
}
control inner(in bit<32> v) { apply { global.increment(v); } }
control c(in bit<32> v) {
    @name("renamed") Counter(type = CounterType.Bytes, size = 16) ctr;
    inner() i;
    apply { i.apply(v); ctr.increment(v); }
}
parser P(packet_in b);
control C(in bit<32> v);
package Top(P p, C c);
Top(c = c(), p = p()) main;
