// P4-16 §7.1.4: Booleans are values of their own.

struct S { bool b; }
control c(inout S s) {
    apply {
        bool x = s.b;
        s.b = !x;
        if (x && !s.b || x == s.b) { s.b = true; }
    }
}
