// The named limits of pipeline.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::pipeline {

// Packets of one burst, and keys of one lookup.
inline constexpr uint32_t burst_packets_max = 64;
// Data threads that read tables at the same time; each has a place in Quiescence and a shard of every counter.
inline constexpr uint32_t data_threads_max = 64;
// Bytes of one packed key: what a program with many wide fields needs, and small enough for a burst's keys on a stack.
inline constexpr uint32_t key_bytes_max = 2048;
// Fields of one key.
inline constexpr uint32_t key_fields_max = 256;
// Bytes of the parameters of one action.
inline constexpr uint32_t action_data_bytes_max = 64 << 10;
// Actions of one table.
inline constexpr uint32_t actions_max = 4096;
// Entries of one table; a larger `size` of the program counts as this one.
inline constexpr uint32_t entries_max = 1U << 24;
// Memory that one table, counter, meter or register array may reserve (it is taken only when it is touched).
inline constexpr uint64_t region_bytes_max = uint64_t{64} << 30;
// Cells of a counter, meter or register array.
inline constexpr uint64_t array_cells_max = uint64_t{1} << 28;
// Bits of one register's cell.
inline constexpr uint32_t register_width_bits_max = 1U << 20;
// What waits for the data threads to pass; the updates that would make more are refused until they have.
inline constexpr size_t retired_max = 1U << 20;
// After how many updates the control thread looks for what can be freed.
inline constexpr size_t retired_before_reclaim = 256;
// Buckets that one exact lookup looks at; an insertion that would need more makes the table larger.
inline constexpr uint32_t buckets_probed_max = 32;
// Tries to build the buckets of an exact table anew, each with another seed.
inline constexpr uint32_t rebuilds_max = 8;
// Bits of the key of an LPM trie, exact fields included; entries with a longer one are a plain list.
inline constexpr uint32_t trie_bits_max = 512;
// Masks of a tuple space: a table with more goes to bit vectors. A lookup takes 16 ns for each mask there, and here 25
// ns and 25 more for each 1000 entries (measured with AVX-512), so that large tables may have more masks.
inline constexpr uint32_t tuples_max = 2;
inline constexpr uint32_t entries_per_tuple = 640;
// Bytes of a key that bit vectors are taken for, of which each has 2 KiB for 512 entries, and the masks at which tables
// with a wider one go over.
inline constexpr uint32_t bit_vector_key_bytes_max = 128;
inline constexpr uint32_t tuples_of_wide_max = 64;
// Bytes of a ternary table's bits that wait for the data threads to pass; insertions are refused until they have.
inline constexpr uint64_t bit_vector_retired_bytes_max = uint64_t{64} << 20;
// Chunks of them that went and are kept for the next insertion.
inline constexpr uint32_t bit_vector_chunks_kept = 8;
// Members and groups of one action profile.
inline constexpr uint32_t profile_members_max = 1U << 20;
inline constexpr uint32_t profile_groups_max = 1U << 20;
// The weights of one group's members together: each is a place in the group's array.
inline constexpr uint32_t group_weight_max = 1U << 16;
// Multicast groups are 1 … multicast_groups_max - 1, clone sessions 0 … clone_sessions_max - 1.
inline constexpr uint32_t multicast_groups_max = 1U << 16;
inline constexpr uint32_t clone_sessions_max = 1U << 16;
// Copies that one multicast group or clone session makes.
inline constexpr uint32_t replicas_max = 4096;
// Bytes of one digest message, and messages that wait for the control plane.
inline constexpr uint32_t digest_bytes_max = 4096;
inline constexpr uint32_t digest_messages_max = 1U << 16;
// Lists that the control plane has not acknowledged.
inline constexpr uint32_t digest_lists_max = 1024;
// Tries to change a meter's bucket that other threads change too, before the packet is taken as it would be now.
inline constexpr uint32_t meter_attempts_max = 64;

}  // namespace outrigger::pipeline
