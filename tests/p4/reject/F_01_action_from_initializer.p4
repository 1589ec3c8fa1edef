// P4-16 §F: an action's call has no value to begin with.

action a() { }
control c(inout bit<8> v) {
    bit<8> x = a(); // error
    apply { v = x; }
}
