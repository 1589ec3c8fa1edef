// P4-16 §15: a block with constructor parameters has arguments where it is made.

control C(inout bit<8> v);
package P(C c);
control inner(inout bit<8> v)(bit<8> k) { apply { v = k; } }
P(inner()) main; // error
