// P4-16 §7.2.1: a member that is used is declared.

enum E { a, b }
const E e = E.c; // error
