// P4-16 §8.9: nor does a method return int.

extern E {
    E();
    abstract int f(); // error
}
