// P4-16 §8.12.1: nor a structure to another.

struct H { bit<8> x; }
struct G { bit<8> x; }
control c(inout H h, in G g) {
    apply { h = (H) g; } // error
}
