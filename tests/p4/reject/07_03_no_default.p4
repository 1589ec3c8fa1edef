// P4-16 §7.3: an extern has no default value, so nothing has that contains one as a parameter.

extern E { E(); }
extern void f(E e);
control c() {
    apply { f(...); } // error
}
