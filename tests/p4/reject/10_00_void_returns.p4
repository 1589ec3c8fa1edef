// P4-16 §10: a void function returns no value.

void f() {
    return 1; // error
}
