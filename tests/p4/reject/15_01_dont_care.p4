// P4-16 §15.1, §7.2.15: a direct application makes an instance, whose constructor has nothing that says a type.

control inner<T>(inout T v) { apply { T kept; kept = v; v = kept; } }
control c(inout bit<8> v) {
    apply {
        inner<_>.apply(v); // error
    }
}
