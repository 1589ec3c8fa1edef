// P4-16 §8.23: constructors are called in arguments and properties, also by name.

#include <core.p4>
extern ActionProfile { ActionProfile(bit<32> size); }
extern E { E(bit<32> size, bool flag); void m(); }
control inner(inout bit<8> v)(E e, bit<8> k) { apply { e.m(); v = k; } }
control c(inout bit<8> v) {
    inner(E(1, true), 2) a;
    inner(k = 3, e = E(flag = false, size = 4)) b;
    action act() { }
    table t {
        key = { v : exact; }
        actions = { act; }
        implementation = ActionProfile(1024);
    }
    apply { a.apply(v); b.apply(v); t.apply(); }
}
