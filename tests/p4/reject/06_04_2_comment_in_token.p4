// P4-16 §6.4.2: a comment ends a token.

const bi/**/t<8> a = 1; // error
