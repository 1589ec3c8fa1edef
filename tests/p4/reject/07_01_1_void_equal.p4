// P4-16 §7.1.1: nor is it compared.

extern void f();
control c(inout bool v) {
    apply { v = f() == f(); } // error
}
