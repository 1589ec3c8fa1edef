// tc/pna.p4: the Portable NIC Architecture as the Linux kernel's tc has it: no control before the main parser, and a
// deparser that may change the headers.

#ifndef _TC_PNA_P4_
#define _TC_PNA_P4_

#define PNA_ON_TC
#include <pna.p4>

#endif
