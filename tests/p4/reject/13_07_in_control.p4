// P4-16 §13.7: verify is for parsers.

#include <core.p4>
control c(inout bit<8> v) {
    apply { verify(v == 1, error.NoMatch); } // error
}
