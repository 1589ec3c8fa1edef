// P4-16 §8.22: a register is read into its own type.

#include <v1model.p4>
control c(inout bit<16> v) {
    register<bit<8>>(16) r;
    apply { r.read(v, 1); } // error
}
