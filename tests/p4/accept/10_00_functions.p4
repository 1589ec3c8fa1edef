// P4-16 §10: functions with and without a value, generic, overloaded by number.

bit<32> max(in bit<32> left, in bit<32> right) {
    return (left > right) ? left : right;
}
bit<32> max(in bit<32> a, in bit<32> b, in bit<32> c) { return max(a, max(b, c)); }
void clear(inout bit<32> v) {
    if (v == 0) { return; }
    v = 0;
}
T same<T>(in T x) { return x; }
bit<8> all_paths(in bit<8> v) {
    if (v == 0) { return 1; } else if (v == 1) { return 2; } else { return 3; }
}
bit<8> switched(in bit<8> v) {
    switch (v) {
        1: { return 5; }
        default: { return 6; }
    }
}
control c(inout bit<32> v) {
    apply {
        v = max(v, 5);
        v = max(v, 5, 6);
        clear(v);
        v = same(v) + (24w0 ++ all_paths(1)) + (24w0 ++ switched(2));
    }
}
