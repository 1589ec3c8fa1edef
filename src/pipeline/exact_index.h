// ExactIndex: hashing for exact keys of any width. Buckets of one cache line with twelve tags that are probed at once;
// an entry that finds its bucket full goes to the next one. A lookup of a burst first fetches all buckets, then all
// entries, then compares. Buckets that get too full are built anew beside the old ones and published by one pointer.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/published.h"
#include "pipeline/region.h"

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

  explicit ExactIndex(RecordStore& store) : MatchIndex(store), buckets_(store.quiescence()) {}
  static Result<std::unique_ptr<Buckets>> make_buckets(uint64_t count, uint64_t seed);
  [[nodiscard]] uint64_t hash_of(const Buckets& buckets, uint32_t reference) const noexcept;
  // False: no room within buckets_probed_max.
  [[nodiscard]] bool place(Buckets& buckets, uint32_t reference) const noexcept;
  // Everything into buckets of at least this number; `extra` too.
  Result<> rebuild(uint64_t count, uint32_t extra);
  void publish(std::unique_ptr<Buckets> next);
  [[nodiscard]] std::atomic<uint32_t>* slot_of(uint32_t reference, uint64_t& distance, uint32_t& slot) const noexcept;
  [[nodiscard]] const Entry* resolve(const Buckets& buckets, uint64_t hash, uint32_t hits, const uint8_t* key,
                                     const Entry* miss) const noexcept;

  Published<Buckets> buckets_;
  Buckets* current_ = nullptr;  // what buckets_ publishes
  TableAbi* abi_ = nullptr;
  uint64_t count_ = 0;
};

}  // namespace outrigger::pipeline
