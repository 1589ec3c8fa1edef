// P4-16 §18.3.2: two tables of the program have not one absolute name.

#include <core.p4>
control first(inout bit<8> v) {
    @name(".routes") table t { key = { v : exact; } actions = { NoAction; } }
    apply { t.apply(); }
}
control second(inout bit<8> v) {
    @name(".routes") table t { key = { v : exact; } actions = { NoAction; } } // error
    apply { t.apply(); }
}
