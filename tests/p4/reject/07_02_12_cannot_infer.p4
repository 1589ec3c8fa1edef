// P4-16 §7.2.12: a type argument that nothing tells is written.

extern T f<T>();
control c(inout bit<8> v) {
    apply { f(); } // error
}
