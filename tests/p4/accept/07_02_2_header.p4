// P4-16 §7.2.2: fields of bits, signed, Booleans, structures and varbit; an empty header.

enum bit<8> E { a = 0 }
struct Inner { bit<4> x; bool b; }
struct Addr { bit<32> a0; int<32> a1; Inner i; E e; bit<3> pad; }
header H { bit<4> version; int<4> s; bool flag; bit<7> rest; Addr src; Addr dst; varbit<64> options; }
header Empty { }
header Methods { bit<8> isValid; bit<8> setValid; bit<8> minSizeInBits; }
control c(inout H h, inout Empty e) {
    apply {
        h.setValid();
        h.src.i.x = h.version;
        e.setInvalid();
    }
}
