// P4-16 §8.27: values that nobody has written may be read; fields of invalid headers may be written.

struct Empty { tuple<> t; }
header H { bit<8> x; }
control c(inout bit<8> v, inout H h, out bit<8> never) {
    apply {
        bit<8> x;
        v = x;
        h.setInvalid();
        h.x = 1;
        v = v + h.x;
        bit<0> nothing;
        Empty e;
    }
}
