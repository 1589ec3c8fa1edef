// P4-16 §7.2.2: no string in a header.

header H { string s; } // error
