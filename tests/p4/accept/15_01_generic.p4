// P4-16 §15.1: also a generic one, with its type arguments.

control Callee<T>(inout T x, in T y) { apply { x = y; } }
control Caller(inout bit<32> v, inout bool b) {
    apply {
        Callee<bit<32>>.apply(v, 5);
        Callee<bool>.apply(b, true);
    }
}
