// P4-16 §7.2.8: lists are arguments of constructors.

struct Pair { bit<16> a; bit<32> b; }
extern E { E(list<Pair> data); void run(); }
extern F { F(list<bit<8>> data, list<string> names); }
F((list<bit<8>>) { 1, 2, 3 }, (list<string>) { "a", "b" }) f;
control c() {
    E((list<Pair>) { { 2, 3 }, { 4, 5 } }) e;
    apply { e.run(); }
}
