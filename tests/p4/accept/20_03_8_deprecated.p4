// P4-16 §20.3.8: @deprecated with a message; the use is only warned of.

#define DEPR_V1_2_2 " Deprecated in v1.2.2"
@deprecated("Please use the 'check' function instead." ++ DEPR_V1_2_2)
extern Checker { Checker(); void m(); }
@deprecated("Do not.") extern void f();
Checker() k;
control c() { apply { f(); k.m(); } }
