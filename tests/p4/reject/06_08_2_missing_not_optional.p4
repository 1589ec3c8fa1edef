// P4-16 §6.8.2: what is not optional is not left out.

extern void f(in bit<8> a, @optional in bit<8> b);
control c() {
    apply { f(b = 1); } // error
}
