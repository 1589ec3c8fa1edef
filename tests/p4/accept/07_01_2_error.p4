// P4-16 §7.1.2: errors of several declarations are one type.

#include <core.p4>
error { First, Second }
error { Third }
struct S { error e; }
control c(inout S s) {
    apply {
        error e = error.Third;
        if (s.e == error.First || e != error.NoError) { s.e = e; }
    }
}
