// P4-16 §6.6: declarations in order, empty ones among them.

;
struct S { bit<8> x; };
const S s = { 1 };
;
enum E { a };
