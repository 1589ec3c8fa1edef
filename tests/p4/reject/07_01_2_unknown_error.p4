// P4-16 §7.1.2: an error that is used is declared.

#include <core.p4>
const error e = error.Nowhere; // error
