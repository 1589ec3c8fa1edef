// P4-16 §7.2.11.2: a method returns a value.

extern F { F(); }
extern E { E(); F get(); } // error
