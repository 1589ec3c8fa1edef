// P4-16 §8.16.4: a range has numbers.

#include <core.p4>
enum E { a, b }
parser p(packet_in k, in E e) {
    state start {
        transition select(e) {
            E.a .. E.b: accept; // error
        }
    }
}
