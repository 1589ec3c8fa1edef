// P4-16 §12.7.2: by numbers, enums and errors.

#include <core.p4>
enum E { a, b, c }
enum bit<4> F { x = 1, y = 2 }
const bit<8> five = 5;
bit<8> f(in bit<8> v) {
    switch (v) { 1: { return 2; } }
    return 3;
}
control c(inout bit<8> v, in int<8> s, in E e, in F g, in error r, in bool b) {
    action a() {
        switch (v) { 0: { v = 9; } default: { v = 8; } }
    }
    apply {
        switch (v) {
            1: { v = 2; }
            2:
            8w3: { v = 4; }
            five: { v = 6; }
            five + 1: { v = 7; }
            default: { v = 0; }
        }
        switch (v + 1) { 0x10: { } }
        switch (s) { -1: { v = 1; } 8s1: { v = 2; } }
        switch (e) { E.a: E.b: { v = 1; } default: { } }
        switch (g) { F.x: { v = 1; } F.y: }
        switch (r) { error.NoError: { v = 1; } error.NoMatch: { v = 2; } }
        a();
    }
}
