// P4-16 §7.2.12: a specialized header's fields obey the rules for headers.

enum E { a }
header H<T> { T field; }
struct S { H<E> h; } // error
