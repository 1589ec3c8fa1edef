// P4-16 §6.3: a program includes the core library, once or more often.

#include <core.p4>
#include <core.p4>
const error e = error.PacketTooShort;
