// P4-16 §7.2.1: nor is it negative in an unsigned type.

enum bit<8> E {
    a = -1 // error
}
