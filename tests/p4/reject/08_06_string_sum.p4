// P4-16 §8.6: strings have no sum.

extern void log(string s);
control c() {
    apply { log("a" + "b"); } // error
}
