// P4-16 §16.1: bits are not emitted.

#include <core.p4>
control c(packet_out b, in bit<8> v) {
    apply { b.emit(v); } // error
}
