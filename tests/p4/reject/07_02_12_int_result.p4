// P4-16 §7.2.12, §7.1.6.5: the result would be an int, which nothing has at run time.

extern T one_of<T>(in T a, in T b);
control c(out bit<8> b) {
    apply { b = one_of(1, 255); } // error
}
