// P4-16 §7.2.2: leaves of a structure in a header have a size.

enum E { a }
struct S { E e; }
header H { S s; } // error
