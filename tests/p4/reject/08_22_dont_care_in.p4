// P4-16 §8.22: an underscore stands for an `out` argument only.

extern void f(in bit<32> x);
control c() {
    apply { f(_); } // error
}
