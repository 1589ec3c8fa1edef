// P4-16 §7.2.15: '_' for a type that nothing says: a control has variables of it.

control inner<T>(inout T v) { apply { T kept; kept = v; v = kept; } }
control c(inout bit<8> v) {
    inner<_>() one; // error
    apply { one.apply(v); }
}
