// P4-16 §13.8.4: extracting into nothing tells the type.

#include <core.p4>
parser p(packet_in b) {
    state start {
        b.extract(_); // error
        transition accept;
    }
}
