// P4-16 §16.1: nor enums.

#include <core.p4>
enum bit<8> E { a = 1 }
control c(packet_out b) {
    apply { b.emit(E.a); } // error
}
