// P4-16 §8.9: what a function returns is not known at compile time, so that it is no int.

int f(int a) { // error
    return a + 1;
}
