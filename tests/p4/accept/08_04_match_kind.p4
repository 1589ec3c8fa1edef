// P4-16 §8.4: match kinds are equal or not.

#include <core.p4>
match_kind { fuzzy }
const bool same = exact == fuzzy;
const bool other = exact != lpm;
