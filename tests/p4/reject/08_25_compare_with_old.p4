// P4-16 §8.25: nor are they compared with the old one.

type bit<8> T;
control c(in T a, in bit<8> b, inout bool r) {
    apply { r = a == b; } // error
}
