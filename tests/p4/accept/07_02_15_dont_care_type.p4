// P4-16 §7.2.15: an underscore for a type variable that does not matter.

control C<A, B>(inout A a, in B b);
package P<T>(C<T, _> x, C<_, T> y);
control one(inout bit<8> a, in bool b) { apply { a = 1; } }
control two(inout bit<16> a, in bit<8> b) { apply { a = 2; } }
P(one(), two()) main;
