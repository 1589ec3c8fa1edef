// P4-16 §11.3: two instances have different names.

extern E { E(); }
E() e;
E() e; // error
