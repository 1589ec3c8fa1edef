// P4-16 §17.2: main is a package.

extern E { E(); }
E() main; // error
