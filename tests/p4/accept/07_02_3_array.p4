// P4-16 §7.2.3: an array of what is no header (after v1.2.5).

struct S { bit<8>[4] a; bool[2] b; }
typedef bit<16>[3] Three;
control c(inout S s, in bit<2> i) {
    apply {
        Three t;
        t[0] = 1;
        t[i] = t[0] + 1;
        s.a[3] = s.a[i];
        s.b[1] = !s.b[0];
    }
}
