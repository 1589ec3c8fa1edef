// P4-16 §7.2.1: a member's value fits the type beneath.

enum bit<8> E {
    first = 1,
    unrepresentable = 300 // error
}
