// P4-16 §7.1.6.5: an int in a tuple has no value at run time either.

control c(in tuple<int, bool> t, out bool r) { // error
    apply { r = t[1]; }
}
