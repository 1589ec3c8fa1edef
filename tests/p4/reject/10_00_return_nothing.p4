// P4-16 §10: and is there.

bit<8> f() {
    return; // error
}
