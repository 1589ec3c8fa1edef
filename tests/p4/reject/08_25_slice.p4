// P4-16 §8.25: nor have they slices.

type bit<8> T;
control c(in T a, inout bit<4> r) {
    apply { r = a[3:0]; } // error
}
