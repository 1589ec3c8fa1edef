// P4-16 §8.14: all values have the name of a field; what comes behind the braces is read as if nothing were wrong.

struct S {
    bit<8> x;
    bool b;
}
control c(inout S s) {
    apply {
        s = { x = 1, true }; // error
        s.x = 2;
    }
}
