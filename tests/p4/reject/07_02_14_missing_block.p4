// P4-16 §7.2.14: each parameter has an argument.

control C(inout bit<8> v);
package Top(C a, C b);
control d(inout bit<8> v) { apply { v = 1; } }
Top(d()) main; // error
