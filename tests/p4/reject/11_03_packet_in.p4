// P4-16 §11.3: packet_in is made by the architecture only.

#include <core.p4>
packet_in() p; // error
