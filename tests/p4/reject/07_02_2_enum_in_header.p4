// P4-16 §7.2.2: an enum without a type beneath has no size.

enum E { a }
header H { E e; } // error
