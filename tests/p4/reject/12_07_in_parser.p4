// P4-16 §12.7: a parser has no switch.

#include <core.p4>
parser p(packet_in b, inout bit<8> v) {
    state start {
        switch (v) { 1: { v = 2; } } // error
        transition accept;
    }
}
