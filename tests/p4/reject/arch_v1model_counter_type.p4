// P4-16 §7.2.1: a counter's type is one of CounterType.

#include <v1model.p4>
control c(inout bit<32> v) {
    counter(16, CounterType.both) k; // error
    apply { k.count(v); }
}
