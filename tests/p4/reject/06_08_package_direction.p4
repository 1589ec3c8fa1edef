// P4-16 §6.8: nor have a package's.

control C(inout bit<8> v);
package P(in C c); // error
