// P4-16 §7.2.12: what a result is wanted for does not tell a type argument; arguments do.

extern T zero<T>();
control c(out bit<8> b) {
    apply { b = zero(); } // error
}
