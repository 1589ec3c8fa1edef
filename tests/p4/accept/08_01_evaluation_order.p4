// P4-16 §8.1: && and || stop early; ? : evaluates one side; calls stand wherever a value may.

extern bool f(inout bit<8> x);
extern bit<8> g(inout bit<8> x);
control c(inout bit<8> v) {
    apply {
        if (f(v) && f(v) || !f(v)) { v = f(v) ? g(v) : g(v) + g(v); }
        v = g(v) + (v + g(v));
    }
}
