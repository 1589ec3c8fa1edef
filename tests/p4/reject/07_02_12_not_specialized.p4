// P4-16 §7.2.12: what is generic has type arguments.

struct S<A> { A a; }
control c(inout S s) { // error
    apply { }
}
