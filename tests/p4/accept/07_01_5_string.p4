// P4-16 §7.1.5: strings are arguments known to the compiler.

extern void log(string message);
extern E { E(string name); void m(string note); }
E("instance") e;
const string greeting = "hello";
control c()(string what) {
    apply {
        log("text");
        log(greeting);
        e.m("note" ++ "s");
        log(what);
    }
}
