// DirectIndex: an exact key of at most 16 bits is the index of an array.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/region.h"

namespace outrigger::pipeline {

class DirectIndex final : public MatchIndex {
 public:
  static bool suits(const TableShape& shape) noexcept;
  static Result<std::unique_ptr<MatchIndex>> make(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::Direct; }
  void describe(TableAbi& abi) override;

 private:
  explicit DirectIndex(RecordStore& store) noexcept : MatchIndex(store) {}
  [[nodiscard]] uint32_t number_of(const uint8_t* key) const noexcept;
  [[nodiscard]] std::atomic<uint32_t>* references() const noexcept { return memory_.as<std::atomic<uint32_t>>(); }

  Region memory_;
  DirectLayout layout_;
};

}  // namespace outrigger::pipeline
