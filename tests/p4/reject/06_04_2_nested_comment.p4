// P4-16 §6.4.2: comments do not nest.

/* outer /* inner */ still outer */ // error
const bit<8> a = 1;
