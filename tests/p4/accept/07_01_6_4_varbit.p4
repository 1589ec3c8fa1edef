// P4-16 §7.1.6.4: bit strings whose length is known when the program runs.

const int limit = 320;
header H { bit<8> length; varbit<(limit)> data; }
header G { varbit<(8 * 4)> data; }
struct S { varbit<32> v; }
