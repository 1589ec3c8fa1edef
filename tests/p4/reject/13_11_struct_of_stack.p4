// P4-16 §13.11: nor structs and tuples with parts that no value set holds.

header h_t { bit<8> a; }
struct s_t { h_t[2] h; }
parser p(in bit<8> v) {
    value_set<s_t>(4) set; // error
    state start { transition accept; }
}
