// BitVectorIndex: ternary matching by intersection (Lakshman and Stiliadis, 1998), 512 entries at a time. Entries are
// in order, the best first, in chunks (bit_vector_chunk.h): the first one that is left in the first chunk that has one
// is the answer, so that a search that hits ends there, and a key that many entries match costs no more. Takes any
// masks in the same time.
#pragma once

#include "pipeline/bit_vector_kernel.h"
#include "pipeline/match_index.h"
#include "pipeline/published.h"

#include <vector>

namespace outrigger::pipeline {

class BitVectorIndex final : public MatchIndex {
 public:
  static bool suits(const TableShape& shape) noexcept { return !shape.key.empty() && shape.is_ranked(); }
  // With these entries, in any order.
  static Result<std::unique_ptr<MatchIndex>> make(RecordStore& store, std::vector<uint32_t> references = {});
  ~BitVectorIndex() override;

  // Unavailable: too many chunks wait for the data threads to pass.
  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::BitVector; }
  // Everything that is in it, the best first.
  [[nodiscard]] std::vector<uint32_t> references() const;

 private:
  using Chunk = BitVectorChunk;
  using Pointer = BitVectorChunk::Pointer;
  // In order. A chunk may be put in place of one with the same entries or one more; everything else is another list.
  using Chunks = std::vector<std::atomic<Chunk*>>;
  struct RangeField {
    uint32_t offset;
    uint32_t bytes;
  };

  explicit BitVectorIndex(RecordStore& store);
  [[nodiscard]] Chunk* chunk(size_t at) const noexcept { return (*chunks_.read())[at].load(std::memory_order_relaxed); }
  [[nodiscard]] bool is_better(uint32_t a, uint32_t b) const noexcept {
    return store_.order(a).is_better_than(store_.order(b));
  }
  // The last chunk whose best entry is not worse than this one, or the first chunk.
  [[nodiscard]] size_t chunk_for(uint32_t reference) const noexcept;
  Result<> insert_into_full(size_t at, uint32_t reference, uint32_t live);
  Result<> add_to(size_t at, uint32_t reference);
  void merge_around(size_t at);
  // A list in which `chunks` stand in place of `count` ones.
  void exchange(size_t at, size_t count, std::vector<Pointer> chunks);
  void retire(Chunk* chunk);
  // What the key has in the chunk's columns that are left, or 0.
  [[nodiscard]] uint32_t first_match(const Chunk& chunk, const BitVectorLine& left, uint32_t words,
                                     const uint8_t* key) const noexcept;
  [[nodiscard]] bool is_in_ranges(uint32_t reference, const uint8_t* key) const noexcept;

  BitVectorMemory memory_;
  std::vector<RangeField> ranges_;
  BitVectorKernel kernel_;
  std::atomic<uint64_t> retired_bytes_{0};
  Published<Chunks> chunks_;
};

}  // namespace outrigger::pipeline
