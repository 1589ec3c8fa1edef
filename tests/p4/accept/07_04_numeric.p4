// P4-16 §7.4: indices of stacks and slices are of any numeric type.

enum bit<8> E { a = 2 }
header H { bit<8> x; }
control c(inout H[4] hs, inout bit<16> v, in bit<2> i) {
    apply {
        hs[E.a].x = v[E.a:0] ++ 5w0;
        hs[8s1].x = 1;
        hs[i].x = 2;
        hs[3w3].x = v[8w7:8s0];
    }
}
