// P4-16 §7.1.5: a function returns no string, which would be one at run time.

string f() { // error
    return "a";
}
