// P4-16 §8.26: values of a type that is a variable are assigned and passed.

T second<T>(in T a, in T b) {
    T x = a;
    x = b;
    return x;
}
void swap<A>(inout A a, inout A b) {
    A t = a;
    a = b;
    b = t;
}
struct S { bit<8> x; }
control c(inout S s, inout S t, inout bool b) {
    apply {
        s = second(s, t);
        swap(s, t);
        b = second<bool>(true, b);
    }
}
