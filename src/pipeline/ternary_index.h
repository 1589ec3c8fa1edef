// TernaryIndex: what tables with ternary, range or optional fields get. A tuple space while the entries' masks are few,
// bit vectors from then on; data threads go over from one lookup to the next.
#pragma once

#include "pipeline/tuple_space_index.h"

namespace outrigger::pipeline {

class TernaryIndex final : public MatchIndex {
 public:
  explicit TernaryIndex(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override { now_->replace(before, after); }
  void remove(uint32_t reference) override { now_->remove(reference); }
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override {
    read_.load(std::memory_order_acquire)->lookup(keys, stride, count, miss, found);
  }
  [[nodiscard]] StructureKind kind() const noexcept override { return now_->kind(); }

 private:
  Result<> go_over();

  TupleSpaceIndex tuples_;  // stays after the change, since it is small and data threads may be in it
  std::unique_ptr<MatchIndex> vectors_;
  MatchIndex* now_ = &tuples_;
  std::atomic<const MatchIndex*> read_{&tuples_};
};

}  // namespace outrigger::pipeline
