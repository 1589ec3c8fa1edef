// P4-16 §7.1.6.5: constants and parameters without direction may be of type int.

const int a = 5;
const int b = 2 * a;
const int c = b - a + 3;
const int big = 1 << 200;
extern void f(int x);
extern E { E(int size); }
E(a + 1) e;
control k(inout bit<8> v)(int n) {
    apply {
        f(c);
        v = v + n;
    }
}
