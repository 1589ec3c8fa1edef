// P4-16 §6.2: macros, conditions and line continuation are the C preprocessor's.

#define WIDTH 8
#define TWICE(x) ((x) + (x))
#undef ABSENT
#if WIDTH == 8 && !defined(ABSENT)
const bit<WIDTH> a = 1;
#elif WIDTH == 9
syntax error here
#else
syntax error there
#endif
#ifdef WIDTH
const bit<WIDTH> b = TWICE(a);
#endif
#ifndef WIDTH
not P4 at all
#endif
const bit<16> \
    c = 3;
