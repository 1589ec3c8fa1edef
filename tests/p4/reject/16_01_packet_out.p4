// P4-16 §16.1: packet_out is made by the architecture only.

#include <core.p4>
packet_out() p; // error
