// P4-16 §8.8: operators on signed integers of one width.

control c(inout int<8> x, in int<8> y, inout bool b, inout bit<4> s) {
    apply {
        x = x + y - -y * +x;
        x = x & y | x ^ ~y;
        x = x |+| y |-| x;
        b = x == y || x != y || x < y || x > y || x <= y || x >= -1;
        x = x << 3w1 >> 2;
        s = x[7:4];
        x[3:0] = s;
    }
}
