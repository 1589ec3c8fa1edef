// P4-16 §11.3: nor in a function.

extern E { E(); void m(); }
void f() {
    E() e; // error
    e.m();
}
