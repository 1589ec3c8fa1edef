// P4-16 §6.9, §10: a call must be able to choose one of two functions.

bit<8> f(in bit<8> a) {
    return a;
}
bit<8> f(in bit<8> a) {
    return a + 1;
}
bit<8> g(in bit<8> a) {
    return f(a); // error
}
