// bmv2/pna.p4: the Portable NIC Architecture under the name that programs for BMv2's pna_nic include it by.

#ifndef _BMV2_PNA_P4_
#define _BMV2_PNA_P4_

#include <pna.p4>

#endif
