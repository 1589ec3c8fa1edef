// P4-16 §10: a function has no statements of a parser.

void f() {
    transition accept; // error
}
