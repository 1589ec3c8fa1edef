// P4-16 §7.2.14: packages of blocks, externs, values and packages.

control C<H>(inout H h);
extern E { E(); }
package Inner<H>(C<H> c, bit<8> n = 3);
package Outer<H>(Inner<H> a, Inner<_> b, E e, bool flag);
control c8(inout bit<8> h) { apply { h = 1; } }
control c16(inout bit<16> h) { apply { h = 1; } }
Inner(c8()) in8;
Inner(c16(), 5) in16;
Outer(in8, in16, E(), true) main;
