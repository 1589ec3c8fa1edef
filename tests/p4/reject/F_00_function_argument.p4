// P4-16 §F: nor is a function.

extern void f<T>(in T x);
bit<8> g() { return 1; }
control c() {
    apply { f(g); } // error
}
