// P4-16 §14.2: every standard property, in any order that the rules allow; and one of an architecture.

#include <core.p4>
extern Profile { Profile(bit<32> size); }
control c(inout bit<8> v, in bit<16> w) {
    action a() { }
    action b(bit<8> x) { v = x; }
    table full {
        key = { v : exact; w : ternary; }
        actions = { a; b; NoAction; }
        const default_action = b(7);
        size = 1024;
        largest_priority_wins = true;
        priority_delta = 10;
        implementation = Profile(32);
        custom = true;
        const other = 5;
        text = "words";
        @name("entries of full") entries = { (1, 2 &&& 3) : a(); }
    }
    table small { actions = { a; } }
    table no_key { key = { } actions = { a; } default_action = a; }
    table actions_first { actions = { a; } key = { v : exact; } }
    apply { full.apply(); small.apply(); no_key.apply(); actions_first.apply(); }
}
