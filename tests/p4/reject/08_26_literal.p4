// P4-16 §8.26: nor is a literal one.

T f<T>(in T a) {
    return 1; // error
}
