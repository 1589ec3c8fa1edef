// P4-16 §7.1.1: void is what functions and methods without a value return.

extern void e();
extern E { E(); void m(); }
void f() { return; }
void g() { }
