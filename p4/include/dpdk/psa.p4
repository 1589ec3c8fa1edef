// dpdk/psa.p4: the Portable Switch Architecture with what DPDK's pipeline has more: meters and counters that are told
// the length of the packet.

#ifndef _DPDK_PSA_P4_
#define _DPDK_PSA_P4_

#define PSA_ON_DPDK
#include <psa.p4>

#endif
