// P4-16 §8.6: strings are joined.

extern void log(string message);
const string name = "a" ++ "b";
control c() {
    apply { log("my log message " ++ "continued" ++ (name ++ "!")); }
}
