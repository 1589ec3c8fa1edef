// P4-16 §F: nor is an action.

extern void f<T>(in T x);
control c(inout bit<8> v) {
    action a() { }
    apply { f(a); } // error
}
