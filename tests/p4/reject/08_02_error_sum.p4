// P4-16 §8.2: nor a sum.

#include <core.p4>
control c(inout error e) {
    apply { e = e + error.NoError; } // error
}
