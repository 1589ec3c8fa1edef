// P4-16 §6.8.2: parameters of packages, block types and externs may be left out if @optional.

#include <core.p4>
extern void f(in bit<8> a, @optional in bit<8> b);
extern E { E(@optional bit<32> size); void m(in bit<8> x, @optional out bit<8> y); }
struct Empty {}
parser P<H>(packet_in p, out H h);
control C<H>(inout H h);
package Pack<H>(C<H> c, @optional P<H> p);
E() e1;
E(1) e2;
control nothing(inout Empty h) {
    apply {
        bit<8> r;
        f(1);
        f(1, 2);
        f(b = 1, a = 2);
        e1.m(1);
        e2.m(1, r);
    }
}
Pack(nothing()) main;
