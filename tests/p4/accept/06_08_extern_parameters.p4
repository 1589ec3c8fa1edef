// P4-16 §6.8: externs are passed as parameters without direction, at run time and to constructors.

#include <core.p4>
extern Counter { Counter(bit<32> size); void count(in bit<32> i); }
header H { bit<8> x; }
parser p(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
control inner(Counter k, in bit<32> i) { apply { k.count(i); } }
control outer(inout bit<32> v)(Counter k) {
    Counter(4) own;
    inner() i;
    apply {
        i.apply(own, v);
        i.apply(k, v);
    }
}
