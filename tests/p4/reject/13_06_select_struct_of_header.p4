// P4-16 §13.6: nor a struct or tuple with such a part, whatever the cases are.

header h_t { bit<8> a; }
struct s_t { h_t h; bit<8> b; }
parser p(in s_t s) {
    state start {
        transition select(s) { // error
            default: accept;
        }
    }
}
