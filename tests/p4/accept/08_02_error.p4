// P4-16 §8.2: errors are equal or not.

#include <core.p4>
error { Mine }
control c(in error e, inout bool b) {
    apply { b = e == error.Mine || e != error.NoError || error.Mine != error.NoMatch; }
}
