// P4-16 §7.2.1: a member's value is known to the compiler.

extern bit<8> f();
enum bit<8> E {
    a = f() // error
}
