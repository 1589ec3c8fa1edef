// P4-16 §7.2.9: an array has no elements of type error.

struct seen_t {
    error[4] errors; // error
}
