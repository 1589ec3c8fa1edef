// P4-16 §6.4.1: letters, digits and underscores; case counts; soft keywords are names where none is meant.

const bit<8> _a = 1;
const bit<8> a_1B = 2;
const bit<8> A_1b = 3;
const bit<8> __ = 4;
struct S {
    bit<8> apply;
    bit<8> key;
    bit<8> actions;
    bit<8> state;
    bit<8> entries;
    bit<8> type;
    bit<8> priority;
}
const bit<8> key = 5;
control c(inout S s) {
    apply {
        s.apply = s.key + s.actions + s.state + s.entries + s.type + s.priority + key;
    }
}
