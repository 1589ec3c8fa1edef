// P4-16 §8.22: a name is a parameter's.

extern void f(in bit<32> x, out bit<16> y);
control c(in bit<32> xa, inout bit<16> ya) {
    apply { f(z = xa, w = ya); } // error
}
