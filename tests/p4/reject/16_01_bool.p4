// P4-16 §16.1: nor Booleans.

#include <core.p4>
control c(packet_out b, in bool v) {
    apply { b.emit(v); } // error
}
