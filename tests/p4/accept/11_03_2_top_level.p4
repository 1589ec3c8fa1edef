// P4-16 §11.3.2: externs and packages are made at the top level, blocks as their arguments.

extern E { E(); void m(); }
E() e;
control C(inout bit<8> v);
package P(C c);
package Q(P a, P b);
control c(inout bit<8> v) { apply { e.m(); v = 1; } }
P(c()) first;
Q(first, P(c())) main;
