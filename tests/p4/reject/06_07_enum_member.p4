// P4-16 §6.7: a member of an enum is no l-value.

enum E { a, b }
control c(inout E v) {
    apply { E.a = v; } // error
}
