// P4-16 §7.2.9: a tuple holds no list, whose values are constants.

struct many_t {
    tuple<list<bit<8>>, bool> many; // error
}
