// P4-16 §12.5: nor does a function exit.

void f() {
    exit; // error
}
