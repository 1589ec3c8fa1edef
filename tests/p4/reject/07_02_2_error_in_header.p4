// P4-16 §7.2.2: an error has no size.

header H { error e; } // error
