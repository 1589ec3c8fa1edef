// P4-16 §8.22: not for an `inout` one.

extern void f(inout bit<32> x);
control c() {
    apply { f(_); } // error
}
