// P4-16 §10: a function returns on each path.

bit<8> f(in bool b) { // error
    if (b) { return 1; }
}
