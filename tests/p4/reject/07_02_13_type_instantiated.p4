// P4-16 §7.2.13: a type of controls is not made; a control is.

control C(inout bit<8> v);
package Top(C c);
Top(C()) main; // error
