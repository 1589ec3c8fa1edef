// P4-16 §15.1: a generic control is applied directly with its type arguments.

control inner<T>(inout T v) { apply { T kept; kept = v; v = kept; } }
control c(inout bit<8> v) {
    apply {
        inner.apply(v); // error
    }
}
