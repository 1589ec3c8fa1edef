// P4-16 §7.1.6.4: a width is not negative.

header H { varbit<(-8)> v; } // error
