// P4-16 §8.14: fields by name, in any order, with the type where it is not clear.

struct S { bit<32> a; bit<32> b; }
struct T { S s; bit<8> c; }
header H { bit<8> x; bit<8> y; }
extern void f<T>(in T data);
bit<32> g(in S s) { return s.a; }
control c(inout S s, inout T t, inout H h, inout bool b) {
    apply {
        s = { b = 1, a = 2 };
        b = s == (S) { a = 1, b = 2 };
        t = { c = 1, s = { a = 3, b = 4 } };
        t = { s = s, c = 5 };
        h = { y = 1, x = 2 };
        f((S) { a = 1, b = 2 });
        s.a = g({ a = s.b, b = s.a });
        s.b = ((S) { a = 1, b = 2 }).b;
        s = { a = 5, ... };
    }
}
