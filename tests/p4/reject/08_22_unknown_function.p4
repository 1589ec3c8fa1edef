// P4-16 §8.22: a function that is called is declared.

control c(inout bit<8> v) {
    apply { v = nothing(v); } // error
}
