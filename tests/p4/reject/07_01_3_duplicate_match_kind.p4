// P4-16 §7.1.3: a match kind is declared once.

#include <core.p4>
match_kind { exact } // error
