// P4-16 §8.13: tuples have no order.

control c(in tuple<bit<8>, bool> t, inout bool b) {
    apply { b = t < t; } // error
}
