struct S {
    bit<8> apply;
    bit<8> key;
    bit<8> actions;
    bit<8> state;
    bit<8> entries;
    bit<8> type;
    bit<8> priority;
    bit<8> list;
}
action apply(in bit<8> state, bit<8> type) {
    key(entries, priority = 5);
}
