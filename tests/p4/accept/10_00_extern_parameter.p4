// P4-16 §10, in practice, though appendix F has it otherwise: a function is given an extern.

#include <core.p4>
extern Register<T> {
    Register();
    T read();
    void write(in T value);
}
header H { bit<8> f; }
void add<T>(Register<T> into, in T value) {
    into.write(value);
}
bit<8> peek(packet_in packet) {
    return packet.lookahead<bit<8>>();
}
parser p(packet_in packet, out H h) {
    state start {
        packet.extract(h);
        transition select(peek(packet)) {
            0: accept;
            default: reject;
        }
    }
}
control c(inout bit<8> x) {
    Register<bit<8>>() one;
    Register<bit<16>>() other;
    apply {
        add(one, x);
        add(value = 16w1, into = other);
    }
}
