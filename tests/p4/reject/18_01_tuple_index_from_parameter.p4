// P4-16 §18.1: nor a tuple's index.

control c(inout bit<8> v, in tuple<bit<8>, bit<8>> t)(bit<8> n) {
    apply { v = t[n]; } // error
}
