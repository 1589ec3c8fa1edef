// P4-16 §8.22: and a type that is known.

extern void f<T>(out T x);
control c() {
    apply { f(_); } // error
}
