// P4-16 §7.2.11.2: types of arguments do not tell overloads apart.

extern void f(in bit<8> a);
extern void f(in bool b);
control c() {
    apply { f(true); } // error
}
