// P4-16 §16.1: nor errors.

#include <core.p4>
control c(packet_out b) {
    apply { b.emit(error.NoError); } // error
}
