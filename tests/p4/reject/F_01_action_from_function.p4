// P4-16 §F: a function calls no action.

action a() { }
void f() {
    a(); // error
}
