// BitVectorIndex: ternary matching by intersection (Lakshman and Stiliadis, 1998): for each half byte of the key and
// each of its 16 values the set of entries that it does not rule out, as bits. A lookup intersects the sets of the
// key's half bytes, 512 entries (a cache line) at a time, and compares the few that are left. Takes any masks in the
// same time.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/region.h"

#include <vector>

namespace outrigger::pipeline {

class BitVectorIndex final : public MatchIndex {
 public:
  static bool suits(const TableShape& shape) noexcept { return !shape.key.empty() && shape.is_ranked(); }
  static Result<std::unique_ptr<MatchIndex>> make(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::BitVector; }

 private:
  using Word = std::atomic<uint64_t>;
  static constexpr uint32_t line_words = 8;
  static constexpr uint32_t chunk_columns = 64 * line_words;

  explicit BitVectorIndex(RecordStore& store);
  // A chunk: the line of columns in use, then for each half byte 16 lines.
  [[nodiscard]] Word* chunk(uint32_t number) const noexcept {
    return sets_.as<Word>() + uint64_t{number} * chunk_words_;
  }
  [[nodiscard]] std::atomic<uint32_t>* column(uint32_t number) const noexcept {
    return columns_.as<std::atomic<uint32_t>>() + number;
  }
  void write_column(uint32_t column, uint32_t reference) noexcept;
  [[nodiscard]] uint32_t best_in(uint32_t chunk, const uint8_t* key, uint32_t best) const noexcept;

  const bool has_ranges_;
  uint64_t chunk_words_ = 0;
  Region sets_;
  Region columns_;                      // a reference for each column
  std::vector<uint32_t> column_of_;     // by reference
  std::vector<uint32_t> free_columns_;  // a column is used again at once: what it holds is compared as a whole
  std::atomic<uint32_t> columns_end_{0};
};

}  // namespace outrigger::pipeline
