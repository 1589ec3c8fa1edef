// P4-16 §8.20, in practice: a stack without elements, whose element is only asked for its size.

#include <core.p4>

header option_t {
    bit<8> kind;
}

control c(out bit<32> size) {
    apply {
        option_t[0] none;
        size = none[0].minSizeInBits();
    }
}
