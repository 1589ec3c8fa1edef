// P4-16 §7.1.2: an error is declared once.

#include <core.p4>
error { NoMatch } // error
