// P4-16 §6.4.3.3: any characters, escapes left alone, over several lines.

#include <core.p4>
const bool a = static_assert(true, "simple");
const bool b = static_assert(true, "with \" quotes \\");
const bool c = static_assert(true, "with a
line in it");
const bool d = static_assert(true, "Grüße");
