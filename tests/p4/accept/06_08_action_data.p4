// P4-16 §6.8, in practice: an action hands its data on to parameters without direction, as if it were known.

#include <core.p4>

extern Meter {
    Meter(int size);
    void mark(bit<8> index);
    void colour(int index);
}

control c(inout bit<32> x) {
    Meter(256) meter;
    action fixed() {
        meter.mark(0);
        meter.colour(3);
    }
    action given(bit<8> index) {
        meter.mark(index);
        meter.mark((bit<8>)index);
        meter.colour(index);
    }
    table t {
        key = { x: exact; }
        actions = { fixed; given; }
    }
    apply { t.apply(); }
}
