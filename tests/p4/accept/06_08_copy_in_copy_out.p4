// P4-16 §6.8: the same l-value may stand for several parameters.

extern void f(inout bit x, in bit y);
extern bit g(inout bit z);
header H { bit z; bit<7> rest; }
control c(inout H[2] s) {
    apply {
        bit a = 0;
        f(a, g(a));
        f(s[a].z, g(a));
        f(s[g(a)].z, a);
    }
}
