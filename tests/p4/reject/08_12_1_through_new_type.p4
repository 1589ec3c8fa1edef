// P4-16 §8.12.1: two new types are not cast to each other.

type bit<8> A;
type bit<8> B;
control c(inout A a, in B b) {
    apply { a = (A) b; } // error
}
