// P4-16 §F: nor is a control's instance.

extern void f<T>(in T x);
control inner() { apply { } }
control c() {
    inner() i;
    apply { f(i); } // error
}
