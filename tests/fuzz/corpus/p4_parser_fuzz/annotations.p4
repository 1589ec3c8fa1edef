@a @b() @c(1 + "x\"y" ( nested ( ) ) $ > > 5g) @d[] @e[1, 2 + 3] @f[a = 1, b = "x"] const bit<8> x = 1;
@pragma p ( unbalanced "x"
@pragma q
const bit<8> y = 2;
