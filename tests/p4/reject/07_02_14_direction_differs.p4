// P4-16 §7.2.14: so have the directions.

control C(inout bit<8> v);
package Top(C c);
control d(in bit<8> v) { apply { } }
Top(d()) main; // error
