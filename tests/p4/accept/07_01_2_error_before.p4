// P4-16 §7.1.2: all errors are in one namespace, "irrespective of the place where an error is defined".

#include <core.p4>

control is_bad(in error seen, out bool bad) {
    apply { bad = seen == error.BadChecksum || seen == error.PacketTooShort; }
}

error {
    BadChecksum
}
