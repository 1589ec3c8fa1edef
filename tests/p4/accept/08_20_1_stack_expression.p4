// P4-16 §8.20.1: a stack is written as a list of headers.

header H<T> { bit<32> b; T t; }
control c(inout bit<32> v) {
    apply {
        H<bit<32>>[3] s = (H<bit<32>>[3]) { { 0, 1 }, { 2, 3 }, (H<bit<32>>) {#} };
        H<bit<32>>[3] s1 = { { 0, 1 }, { 2, 3 }, (H<bit<32>>) {#} };
        H<bit<32>>[3] s2 = { { 0, 1 }, { 2, 3 }, ... };
        v = s[0].b + s1[1].t + s2[1].b;
    }
}
