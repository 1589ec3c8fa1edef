// abi.h: what native code and the interpreter see of a table. Everything here is plain data with a fixed layout, made
// for bursts: up to 64 keys go in, a pointer to an entry comes out for each.
//
// Keys. The fields follow each other in the order of the program, each in ⌈width/8⌉ bytes, most significant byte first,
// the unused upper bits zero. A key is followed by zero bytes up to a multiple of 8 (`key_stride()`), so that it is
// hashed and compared in words. Fields of match kind `selector` are not part of the key.
//
// Entries. A lookup always gives one: the matching entry, or the default entry, whose `is_hit` is 0. It never changes;
// the control plane puts another in its place. It stays readable until the data thread announces its next pass
// (quiescence.h). The action's data follow the header at once; their layout belongs to the compiler, which uses the
// same for all actions.
#pragma once

#include "pipeline/limits.h"

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>

namespace outrigger::pipeline {

// What an entry refers to. Member and Group: of the table's action profile; `reference` is the id (action_profile.h).
enum class EntryKind : uint8_t { Action, Member, Group };

struct Entry {
  uint32_t action = 0;     // the action's index in the table's list; of Action only
  uint32_t handle = 0;     // the entry's number: the index of its direct counter, direct meter and hit stamp
  uint32_t reference = 0;  // of Member and Group
  EntryKind kind = EntryKind::Action;
  uint8_t is_hit = 1;  // 0: the default entry
  uint16_t reserved = 0;

  [[nodiscard]] const uint8_t* data() const noexcept { return reinterpret_cast<const uint8_t*>(this + 1); }
  [[nodiscard]] uint8_t* data() noexcept { return reinterpret_cast<uint8_t*>(this + 1); }
};
static_assert(sizeof(Entry) == 16 && offsetof(Entry, kind) == 12 && offsetof(Entry, is_hit) == 13);

// The handle of the default entry: it has no direct counter.
inline constexpr uint32_t no_handle = UINT32_MAX;

// Bytes from one key to the next in a burst: at least a word, so that even an empty key has a place.
[[nodiscard]] constexpr uint32_t key_stride(uint32_t key_bytes) noexcept {
  return key_bytes == 0 ? 8 : (key_bytes + 7) / 8 * 8;
}

// What a data thread has in hand of one table. Never moves as long as the table lives.
struct TableAbi {
  // Looks up `count` ≤ burst_packets_max keys, `stride` bytes apart (a multiple of 8), and writes an entry for each.
  void (*lookup)(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count,
                 const Entry** found) = nullptr;
  // The same in two steps where the structure has a FetchPlan, for keys whose places were fetched by one of this pass.
  // Of exact tables, the last 8 bytes of each stride hold the key's hash_key() by the plan's seed. What probe() leaves
  // in `found` it also fetches, and confirm() makes entries of; without confirm() they are. nullptr: there is no plan.
  void (*probe)(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count, uint64_t seed,
                const Entry** found) = nullptr;
  void (*confirm)(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count,
                  const Entry** found) = nullptr;
  const void* index = nullptr;  // a MatchIndex
  std::atomic<const Entry*> default_entry{nullptr};
  // When each handle was last hit, nanoseconds of the run time's clock; nullptr when the table has no idle time-outs.
  std::atomic<uint64_t>* hit_ns = nullptr;
  uint32_t key_bytes = 0;
  uint32_t data_bytes = 0;  // of the largest action
  // For lookups that are emitted inline: how a 32-bit reference becomes an entry, and the structure itself (an
  // ExactLayout or a Dir24Layout, by `inline_kind`), loaded with acquire once a burst.
  const uint8_t* records = nullptr;
  uint32_t record_stride = 0;
  uint32_t record_key_offset = 0;  // from an entry to its key
  enum class InlineKind : uint32_t { None, Exact, Dir24, Direct } inline_kind = InlineKind::None;
  std::atomic<const void*> layout{nullptr};
};

// The entry behind a reference; a reference of 0 is none.
[[nodiscard]] inline const Entry* entry_at(const TableAbi& table, uint32_t reference) noexcept {
  return reinterpret_cast<const Entry*>(table.records + uint64_t{reference} * table.record_stride);
}

// Says that the entry was hit at `now_ns`. The store is left out while the stamp is the same, which keeps the line
// shared.
inline void touch(const TableAbi& table, const Entry& entry, uint64_t now_ns) noexcept {
  if (table.hit_ns != nullptr && entry.handle != no_handle) {
    std::atomic<uint64_t>& stamp = table.hit_ns[entry.handle];
    if (stamp.load(std::memory_order_relaxed) != now_ns) {
      stamp.store(now_ns, std::memory_order_relaxed);
    }
  }
}

// The hash of a key that is padded to `words` words: one multiplication each, its two halves folded.
[[nodiscard]] inline uint64_t hash_fold(uint64_t a, uint64_t b) noexcept {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
[[nodiscard]] inline uint64_t load_word(const uint8_t* bytes) noexcept {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}
inline constexpr uint64_t hash_factor = 0x9E3779B97F4A7C15ULL;  // 2⁶⁴ divided by the golden ratio
[[nodiscard]] inline uint64_t hash_key(const uint8_t* key, uint32_t words, uint64_t seed) noexcept {
  uint64_t hash = seed;
  for (uint32_t i = 0; i < words; ++i) {
    hash = hash_fold(hash ^ load_word(key + 8 * i), hash_factor);
  }
  return hash;
}
[[nodiscard]] inline bool is_same_key(const uint8_t* a, const uint8_t* b, uint32_t words) noexcept {
  uint64_t difference = 0;
  for (uint32_t i = 0; i < words; ++i) {
    difference |= load_word(a + 8 * i) ^ load_word(b + 8 * i);
  }
  return difference == 0;
}

// A bucket of an exact table: one cache line. Byte i of `tags` belongs to references[i]; bytes 12 and 13 count the
// entries that wanted this bucket and found it full, so that a lookup knows whether to look at the next one. A tag is a
// hint that may be stale while the control plane works; the entry's own key decides.
struct alignas(64) ExactBucket {
  static constexpr uint32_t slots = 12;
  std::atomic<uint64_t> tags[2];
  std::atomic<uint32_t> references[slots];

  [[nodiscard]] bool has_overflowed() const noexcept {
    return ((tags[1].load(std::memory_order_relaxed) >> 32) & 0xFFFF) != 0;
  }
};
static_assert(sizeof(ExactBucket) == 64);

struct ExactLayout {
  const ExactBucket* buckets = nullptr;
  uint64_t mask = 0;  // buckets - 1
  uint64_t seed = 0;
};
// Which bucket, and which tag (never 0, which is an empty slot).
[[nodiscard]] inline uint8_t exact_tag(uint64_t hash) noexcept {
  const auto tag = static_cast<uint8_t>(hash >> 56);
  return tag == 0 ? 1 : tag;
}

// DIR-24-8 (Gupta, Lin, McKeown 1998): a reference by the address's upper 24 bits; with the uppermost bit set, the
// number of a group of 256 references by the lower 8.
struct Dir24Layout {
  const std::atomic<uint32_t>* upper = nullptr;
  const std::atomic<uint32_t>* groups = nullptr;
  const std::atomic<uint32_t>* fallback = nullptr;  // where the above give 0: the prefix of no bits, or 0
  static constexpr uint32_t group_bit = 1U << 31;
};

// A direct table: a reference by the key, which is read as a number.
struct DirectLayout {
  const std::atomic<uint32_t>* references = nullptr;
};

// Where a lookup will look first, for who makes the keys and fetches that while there is time: of exact tables the
// bucket at `places` by the key's hash, of DIR-24-8 the reference by the upper 24 bits of the address; by their bits in
// `mask`. Good for one pass, and a hint: the table may change meanwhile.
struct FetchPlan {
  const void* places = nullptr;
  uint64_t mask = 0;
  uint64_t seed = 0;
};

// Of a table that has probe().
[[nodiscard]] inline FetchPlan fetch_plan(const TableAbi& table) noexcept {
  const void* const layout = table.layout.load(std::memory_order_acquire);
  if (table.inline_kind == TableAbi::InlineKind::Exact) {
    const ExactLayout& exact = *static_cast<const ExactLayout*>(layout);
    return {.places = exact.buckets, .mask = exact.mask, .seed = exact.seed};
  }
  constexpr uint64_t address_mask = (uint64_t{1} << 24) - 1;
  return {.places = static_cast<const Dir24Layout*>(layout)->upper, .mask = address_mask, .seed = 0};
}

}  // namespace outrigger::pipeline
