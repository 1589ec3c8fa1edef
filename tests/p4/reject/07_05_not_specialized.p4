// P4-16 §7.5: a generic type is specialized before it gets another name.

struct S<T> { T field; }
typedef S X; // error
