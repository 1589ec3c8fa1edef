// P4-16 §8.2: nor are they equal to what is no error.

#include <core.p4>
enum E { a }
const bool b = error.NoError == E.a; // error
