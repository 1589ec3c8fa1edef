// TupleSpaceIndex: ternary matching by one hash table for each mask that entries have (Srinivasan, Suri, Varghese:
// "Packet classification using tuple space search", 1999). Masks are tried in the order of the best entry they hold,
// and the search ends when nothing better can follow. Good while masks are few, as in hand-written ACLs.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/published.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace outrigger::pipeline {

class TupleSpaceIndex final : public MatchIndex {
 public:
  static bool suits(const TableShape& shape) noexcept { return !shape.key.empty() && shape.is_ranked(); }
  explicit TupleSpaceIndex(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::TupleSpace; }

  // Everything that is in it, in no order.
  [[nodiscard]] std::vector<uint32_t> references() const;

 private:
  // The upper half the hash's, the lower the reference. 0: free; gone: was in use.
  using Slot = std::atomic<uint64_t>;
  static constexpr uint64_t gone = 0xFFFFFFFF;
  struct Slots {
    uint64_t mask = 0;
    std::unique_ptr<Slot[]> at;
  };
  struct Tuple {
    explicit Tuple(Quiescence& quiescence) : slots(quiescence) {}
    std::vector<uint8_t> mask;
    Published<Slots> slots;
    uint64_t used = 0;   // slots that are not free
    uint64_t count = 0;  // entries
    uint64_t rank_max = 0;
  };
  struct Tried {
    const Tuple* tuple;
    uint64_t rank_max;
  };
  using Order = std::vector<Tried>;

  [[nodiscard]] uint64_t hash_of(const Tuple& tuple, const uint8_t* key) const noexcept;
  [[nodiscard]] Tuple* tuple_of(uint32_t reference) const;
  void publish_order();
  void put(Slots& slots, uint64_t hash, uint32_t reference) noexcept;
  void grow(Tuple& tuple);
  [[nodiscard]] Slot* slot_of(const Tuple& tuple, uint32_t reference) const noexcept;
  [[nodiscard]] uint32_t best_in(const Slots& slots, uint64_t hash, const uint8_t* key, uint32_t best) const noexcept;

  const bool has_ranges_;
  std::vector<std::unique_ptr<Tuple>> tuples_;  // those without entries too: data threads may be in them
  Published<Order> order_;
};

}  // namespace outrigger::pipeline
