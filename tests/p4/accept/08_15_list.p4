// P4-16 §8.15: lists are known to the compiler.

struct pair_t { bit<16> a; bit<32> b; }
extern E { E(list<pair_t> data); void run(); }
const list<pair_t> pairs = (list<pair_t>) { { 2, 3 }, { a = 4, b = 5 } };
E(pairs) e1;
E((list<pair_t>) { }) e2;
control c(inout bit<8> v)(list<pair_t> more) {
    E(more) e;
    apply { e.run(); }
}
