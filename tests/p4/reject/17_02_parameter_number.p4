// P4-16 §17.2: a block has as many parameters as its type.

control C(inout bit<8> a);
package P(C c);
control d(inout bit<8> a, inout bit<8> b) { apply { a = b; } }
P(d()) main; // error
