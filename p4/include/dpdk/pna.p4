// dpdk/pna.p4: the Portable NIC Architecture with what DPDK's pipeline has more: meters and counters that are told the
// length of the packet.

#ifndef _DPDK_PNA_P4_
#define _DPDK_PNA_P4_

#define PNA_ON_DPDK
#include <pna.p4>

#endif
