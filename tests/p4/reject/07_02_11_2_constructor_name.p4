// P4-16 §7.2.11.2: what has no type of a result is a constructor and has the extern's name.

extern E { F(); } // error
