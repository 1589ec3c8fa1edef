// P4-16 §8.15: the elements of a list for a constructor are known.

extern E { E(list<bit<8>> data); void run(); }
control c(inout bit<8> v) {
    E((list<bit<8>>) { v }) e; // error
    apply { e.run(); }
}
