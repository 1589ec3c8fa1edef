// P4-16 §7.2.2: no tuple in a header.

header H { tuple<bit<8>, bit<8>> t; } // error
