// ebpf_model.p4: the architecture of packet filters in the Linux kernel's eBPF. Programs are checked, not run.

#ifndef _EBPF_MODEL_P4_
#define _EBPF_MODEL_P4_

#include <core.p4>

// An array of counters; a sparse one is a hash map.
extern CounterArray {
    CounterArray(bit<32> max_index, bool sparse);
    void increment(in bit<32> index);
    void add(in bit<32> index, in bit<32> value);
}

// A table's `implementation` as an array map.
extern array_table {
    array_table(bit<32> size);
}

// A table's `implementation` as a hash map.
extern hash_table {
    hash_table(bit<32> size);
}

parser parse<H>(packet_in packet, out H headers);

control filter<H>(inout H headers, out bool accept);

package ebpfFilter<H>(parse<H> prs, filter<H> filt);

#endif
