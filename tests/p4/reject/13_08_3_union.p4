// P4-16 §13.8.3: what is looked at ahead has a fixed size, which a union in a struct has not.

#include <core.p4>
header byte_t { bit<8> x; }
header word_t { bit<16> x; }
header_union either { byte_t byte; word_t word; }
struct both_t { byte_t first; either[2] others; }
parser p(packet_in b) {
    state start {
        both_t both = b.lookahead<both_t>(); // error
        transition accept;
    }
}
