// P4-16 §6.6.1: a type's use follows its declaration.

struct S { T t; } // error
struct T { bit<8> x; }
