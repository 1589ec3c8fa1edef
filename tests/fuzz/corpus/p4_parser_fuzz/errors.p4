struct S { bit<8> a
bit<8> b; }
struct table { }
struct S { bit<8> action; }
const bit<8 x = 5;
}
const bool b = 5 +;
bit<8> x = 5;
const bool b = true;
table t { }
state s { }
control C() { x = 5; apply { } bit<8> y; }
control C() { }
parser P() { state start { } bit<8> x; }
parser P() { state s { transition accept; x = 5; } }
parser P() { state s { switch (x) { } exit; } }
const bit<W> x = 5;
struct S { void x; }
struct S { varbit x; }
struct S { list<bit<8>, bool> x; }
struct T {}
const bool b = T;
enum E { }
error { }
enum E { A = 1 }
enum bit<8> F { A }
control C() { table t { key = { } actions = { } key = { } actions = { }; @x key = { } } apply { } }
const bit<8> x = 8w0xg;
const bool b = "a;

const int x = _;
const bit<8> = 5;
header H { bit<8> ; bit<8> b; bit<> c; }
parser P(packet_in p, out) {
  state start { p.extract(; x = 5; transition select(a) { 1 accept; 2: accept; } }
  state { }
}
control C() {
  table t { key = { h.x; h.y: exact; } actions = { a b; c; } size 5; }
  action a( { }
  apply { if x { } y = ; switch (z) { 1 { } 2: { } } }
}
bit<8> f() ;

