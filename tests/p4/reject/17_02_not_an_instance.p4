// P4-16 §17.2: an argument is an instance, not a name of a block.

control C(inout bit<8> a);
package P(C c);
control d(inout bit<8> a) { apply { a = 1; } }
P(d) main; // error
