// P4-16 §7.2.11.2: an extern without a constructor is not made.

extern E { void m(); }
E() e; // error
