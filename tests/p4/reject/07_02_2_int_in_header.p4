// P4-16 §7.2.2: no int in a header.

header H { int x; } // error
