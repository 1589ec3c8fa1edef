// bmv2/psa.p4: the Portable Switch Architecture as BMv2's psa_switch has it.

#ifndef _BMV2_PSA_P4_
#define _BMV2_PSA_P4_

#include <psa.p4>

#endif
