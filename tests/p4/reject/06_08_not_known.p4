// P4-16 §6.8: without direction, what only the packet tells is refused.

extern void mark(bit<8> index);

control c(inout bit<8> x) {
    apply {
        mark(x); // error
    }
}
