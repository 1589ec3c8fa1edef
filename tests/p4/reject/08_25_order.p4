// P4-16 §8.25: new types have no order.

type bit<8> T;
control c(in T a, in T b, inout bool r) {
    apply { r = a < b; } // error
}
