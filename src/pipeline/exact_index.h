// ExactIndex: hashing for exact keys of any width. Buckets of one cache line with twelve tags that are probed at once;
// an entry that finds its bucket full goes to the next one. A lookup of a burst first fetches all buckets, then all
// entries, then compares. When the buckets get too full, twice as many are filled beside them, a few with each
// insertion, and published by one pointer: no insertion takes long, and readers never wait.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/published.h"
#include "pipeline/region.h"

#include <optional>

namespace outrigger::pipeline {

class ExactIndex final : public MatchIndex {
 public:
  static bool suits(const TableShape& shape) noexcept;
  static Result<std::unique_ptr<MatchIndex>> make(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::Exact; }
  void describe(TableAbi& abi) override;

 private:
  struct Buckets {
    ExactLayout layout;  // first, so that its address is the Buckets'
    Region memory;
    [[nodiscard]] ExactBucket* at(uint64_t i) const noexcept { return memory.as<ExactBucket>() + (i & layout.mask); }
  };

  struct Place {
    uint64_t distance;  // from the bucket that the hash names
    uint32_t slot;
  };

  explicit ExactIndex(RecordStore& store) : MatchIndex(store), buckets_(store.quiescence()) {}
  static Result<std::unique_ptr<Buckets>> make_buckets(uint64_t count, uint64_t seed);
  [[nodiscard]] uint64_t hash_of(const Buckets& buckets, uint32_t reference) const noexcept;
  // Into the first free slot; how far from its own bucket, or nullopt: no room within buckets_probed_max.
  static std::optional<uint64_t> place(Buckets& buckets, uint64_t hash, uint32_t reference) noexcept;
  static void take_out(Buckets& buckets, uint64_t hash, uint32_t reference) noexcept;
  [[nodiscard]] static Place place_of(const Buckets& buckets, uint64_t hash, uint32_t reference) noexcept;
  // Is what lies so far from this hash's bucket in next_ too?
  [[nodiscard]] bool is_moved(uint64_t hash, uint64_t distance) const noexcept {
    return next_ != nullptr && ((hash + distance) & current_->layout.mask) < moved_;
  }
  // Everything at once into buckets of at least this number; `extra` too, unless it is 0.
  Result<> rebuild(uint64_t count, uint32_t extra);
  // Begins to grow when it is time, moves some buckets, publishes when all are moved.
  void grow();
  // The next few buckets' entries into next_; false: one found no room.
  [[nodiscard]] bool move_some() noexcept;
  void publish(std::unique_ptr<Buckets> next);
  // See TableAbi.
  static void probe(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count, uint64_t seed,
                    const Entry** found);
  static void confirm(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count, const Entry** found);
  // For hashes `stride` bytes apart whose buckets were fetched: the entries that their keys should be compared with, or
  // record 0.
  void find_likely(const ExactLayout& layout, const uint8_t* hashes, uint32_t stride, uint32_t count,
                   const Entry** found) const noexcept;
  // `Words`: of a key, as the compiler knows them; 0: any number.
  template <uint32_t Words>
  void lookup_words(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                    const Entry** found) const noexcept;
  // Of likely entries what was looked for.
  template <uint32_t Words>
  void confirm_words(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                     const Entry** found) const noexcept;
  template <uint32_t Words>
  [[nodiscard]] const Entry* find_one(const uint8_t* key, const Entry* miss) const noexcept;
  template <uint32_t Words>
  [[nodiscard]] const Entry* resolve(const Buckets& buckets, uint64_t hash, uint32_t hits, const uint8_t* key,
                                     const Entry* miss) const noexcept;

  Published<Buckets> buckets_;
  Buckets* current_ = nullptr;     // what buckets_ publishes
  std::unique_ptr<Buckets> next_;  // while they grow; what lies in the first `moved_` current buckets is in both
  uint64_t moved_ = 0;
  uint64_t grows_at_ = 0;  // entries
  TableAbi* abi_ = nullptr;
  uint64_t count_ = 0;
};

}  // namespace outrigger::pipeline
