// P4-16 §10, in practice: two functions with the same parameters, as long as nobody calls one; an extern function of
// the architecture's, declared once more.

#include <core.p4>

bit<8> twice(in bit<8> x) {
    return x;
}
bit<8> twice(in bit<8> x) {
    return x + x;
}

extern void notify(in bit<8> x);
extern void notify(in bit<8> x);

control c(inout bit<8> x) {
    apply { notify(x); }
}
