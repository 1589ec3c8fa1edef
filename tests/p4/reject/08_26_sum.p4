// P4-16 §8.26: what has a type variable for a type is not added.

T f<T>(in T a, in T b) {
    return a + b; // error
}
