// P4-16 §8.3: two enums of numbers of different widths cannot be compared.

enum bit<8> Inner {
    Tcp = 6
}
enum bit<16> Outer {
    Tcp = 6
}

control c(in Inner inner, in Outer outer, out bool same) {
    apply {
        same = inner == outer; // error
    }
}
