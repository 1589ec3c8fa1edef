// P4-16 §7.2.12, §8.9: the body of a generic function needs a type that has values at run time.

T same<T>(in T t) {
    T copy = t;
    return copy;
}
control c(inout bool b) {
    apply { b = same(1) == same(2); } // error
}
