// P4-16 §8.25: a new type of bool is no condition.

type bool Flag;
control c(in Flag f, inout bit<8> v) {
    apply { if (f) { v = 1; } } // error
}
