// P4-16 §7.2.14: a package's argument has its parameter's type.

control C(inout bit<8> v);
package Top(C c);
control d(inout bit<16> v) { apply { v = 1; } }
Top(d()) main; // error
