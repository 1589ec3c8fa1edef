// P4-16 §8.3: values of two enums with one underlying type are compared as numbers, with a warning.

enum bit<8> Inner {
    Tcp = 6,
    Udp = 17
}
enum bit<8> Outer {
    Any = 0,
    Tcp = 6
}

control c(in Inner inner, in Outer outer, out bool same) {
    apply {
        const bool tcp = Inner.Tcp == Outer.Tcp;
        same = tcp && inner == outer && !(inner != Outer.Any) && inner > outer;
    }
}
