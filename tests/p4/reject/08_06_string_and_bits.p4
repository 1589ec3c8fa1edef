// P4-16 §8.6: a string is joined with a string.

extern void log(string s);
control c() {
    apply { log("a" ++ 8w1); } // error
}
