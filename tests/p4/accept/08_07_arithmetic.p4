// P4-16 §8.7: operators on bit strings of one width.

control c(inout bit<8> x, in bit<8> y, inout bool b) {
    apply {
        x = x + y;
        x = x - y;
        x = x * y;
        x = x & y | x ^ ~y;
        x = -x;
        x = +x;
        x = x |+| y;
        x = x |-| y |+| 3;
        b = x == y || x != y || x < y || x > y || x <= y || x >= y;
        x = 255 + x;
        b = 5 < x;
    }
}
