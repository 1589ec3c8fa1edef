// P4-16 §8.12.1: every cast that there is.

typedef bit<8> byte;
type bit<8> Byte;
enum bit<8> E { a = 1 }
header H { bit<8> x; }
struct S { bit<8> x; bit<4> y; }
const int five = 5;
control c(inout bit<8> x, inout int<8> y, inout bool b, inout H h, inout S s, inout E e, inout Byte n) {
    apply {
        b = (bool) x[0:0];
        x = 7w0 ++ (bit<1>) b;
        b = (bool) 1;
        y = (int<8>) x;
        x = (bit<8>) y;
        x = (bit<8>) (bit<16>) x;
        x = (bit<8>) 4w3;
        y = (int<8>) (int<16>) y;
        x = (bit<8>) five;
        y = (int<8>) -five;
        x = (byte) x;
        n = (Byte) x;
        x = (bit<8>) n;
        e = (E) x;
        x = (bit<8>) e;
        s = (S) { x = 1, y = 2 };
        s = (S) { 1, 2 };
        h = (H) { x = 3 };
        h = (H) {#};
        x = (bit<8>) x;
        b = (bool) b;
        h = (H) h;
    }
}
