// TernaryIndex: what tables with ternary, range or optional fields get: a tuple space or bit vectors, whichever finds
// faster by what both were measured to take. Which that is changes as entries come; data threads go over from one
// lookup to the next.
#pragma once

#include "pipeline/match_index.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace outrigger::pipeline {

class TernaryIndex final : public MatchIndex {
 public:
  explicit TernaryIndex(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override { now_->replace(before, after); }
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override {
    read_.load(std::memory_order_acquire)->lookup(keys, stride, count, miss, found);
  }
  [[nodiscard]] StructureKind kind() const noexcept override { return now_->kind(); }

 private:
  // What the entries that there are should have.
  [[nodiscard]] StructureKind best() const noexcept;
  Result<> go_over(StructureKind to);

  const bool has_ranges_;
  const bool is_wide_;                               // too wide for bit vectors unless there are very many masks
  std::unordered_map<std::string, uint32_t> masks_;  // entries by mask
  std::unique_ptr<MatchIndex> now_;
  std::atomic<const MatchIndex*> read_;
  // Data threads may be in them until they have passed the moment.
  std::vector<std::pair<uint64_t, std::unique_ptr<MatchIndex>>> gone_;
};

}  // namespace outrigger::pipeline
