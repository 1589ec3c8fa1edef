// P4-16 §8.22: and only one.

extern void f(in bit<32> x, out bit<16> y);
control c(in bit<32> xa, inout bit<16> ya) {
    apply { f(x = xa, x = ya); } // error
}
