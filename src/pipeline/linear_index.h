// LinearIndex: looks at every entry, best first. For any key; right by its plainness, and quick enough for a few
// entries.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/published.h"

#include <vector>

namespace outrigger::pipeline {

class LinearIndex final : public MatchIndex {
 public:
  explicit LinearIndex(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::Linear; }

 private:
  using References = std::vector<uint32_t>;
  [[nodiscard]] bool is_better(uint32_t a, uint32_t b) const noexcept;

  Published<References> references_;  // the best first
};

}  // namespace outrigger::pipeline
