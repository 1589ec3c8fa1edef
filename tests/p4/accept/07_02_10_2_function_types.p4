// P4-16 §7.2.10.2: extern functions and functions.

extern void random(in bit<5> logRange, out bit<32> value);
bit<32> add(in bit<32> left, in bit<32> right) { return left + right; }
control c(inout bit<32> v) {
    apply {
        random(3, v);
        v = add(left = v, right = 2);
    }
}
