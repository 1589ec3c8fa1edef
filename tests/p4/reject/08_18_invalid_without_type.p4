// P4-16 §8.18: {#} has a type where it is used.

extern void f<T>(in T x);
control c() {
    apply { f({#}); } // error
}
