// P4-16 §6.4.4: lists may end with a comma.

enum E { a, b, }
enum bit<8> F { a = 1, b = 2, }
struct S { bit<8> x; bit<8> y; }
error { One, Two, }
const S s = { 1, 2, };
const S t = { x = 1, y = 2, };
const tuple<bit<8>, bit<8>> u = { 1, 2, };
