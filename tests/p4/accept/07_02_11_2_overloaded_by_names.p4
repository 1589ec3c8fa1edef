// P4-16 §7.2.11.2: names of arguments tell overloads with as many arguments apart.

extern void f(in bit<8> a);
extern void f(in bit<16> b);
control c() {
    apply {
        f(a = 1);
        f(b = 2);
    }
}
