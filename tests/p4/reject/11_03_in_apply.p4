// P4-16 §11.3, §12.3: a block of statements has no instances.

#include <core.p4>

extern Counter {
    Counter(bit<32> size);
    void count(in bit<32> index);
}

control c(in bit<32> x) {
    apply {
        Counter(16) counter; // error
        counter.count(x);
    }
}
