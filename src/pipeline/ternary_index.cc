// TernaryIndex: counts masks, and changes from tuple space to bit vectors and back.
#include "pipeline/ternary_index.h"

#include "base/check.h"
#include "pipeline/bit_vector_index.h"
#include "pipeline/effective_mask.h"
#include "pipeline/tuple_space_index.h"

namespace outrigger::pipeline {

namespace {

std::string mask_of(const RecordStore& store, uint32_t reference) {
  const std::vector<uint8_t> mask = effective_mask(store, reference);
  return {mask.begin(), mask.end()};
}

}  // namespace

TernaryIndex::TernaryIndex(RecordStore& store)
    : MatchIndex(store),
      has_ranges_(store.shape().has(MatchKind::Range)),
      is_wide_(store.shape().key_bytes() > bit_vector_key_bytes_max),
      now_(std::make_unique<TupleSpaceIndex>(store)),
      read_(now_.get()) {}

StructureKind TernaryIndex::best() const noexcept {
  const bool has_vectors = now_->kind() == StructureKind::BitVector;
  if (is_wide_) {
    return has_vectors || masks_.size() > tuples_of_wide_max ? StructureKind::BitVector : StructureKind::TupleSpace;
  }
  // Ranges that overlap are found in the same tuples, all of them; in bit vectors the best one ends the search.
  if (has_ranges_) {
    return StructureKind::BitVector;
  }
  const uint64_t masks_max = tuples_max + store_.count() / entries_per_tuple;
  // Back only when that is worth it by far, so that a table does not go to and fro.
  const uint64_t masks = has_vectors ? 2 * masks_.size() : masks_.size();
  return masks > masks_max ? StructureKind::BitVector : StructureKind::TupleSpace;
}

Result<> TernaryIndex::insert(uint32_t reference) {
  OR_TRY(now_->insert(reference));
  ++masks_[mask_of(store_, reference)];
  std::erase_if(gone_, [&](const auto& index) { return store_.quiescence().has_passed(index.first); });
  if (const StructureKind wanted = best(); wanted != now_->kind() && gone_.empty()) {
    // Without memory for the other one, this one goes on: slower, and as right.
    (void)go_over(wanted);
  }
  return {};
}

void TernaryIndex::remove(uint32_t reference) {
  now_->remove(reference);
  const auto mask = masks_.find(mask_of(store_, reference));
  check(mask != masks_.end(), "an entry's mask is counted");
  if (--mask->second == 0) {
    masks_.erase(mask);
  }
}

Result<> TernaryIndex::go_over(StructureKind to) {
  std::unique_ptr<MatchIndex> next;
  if (to == StructureKind::BitVector) {
    OR_ASSIGN(next, BitVectorIndex::make(store_, static_cast<const TupleSpaceIndex&>(*now_).references()));
  } else {
    next = std::make_unique<TupleSpaceIndex>(store_);
    for (const uint32_t reference : static_cast<const BitVectorIndex&>(*now_).references()) {
      OR_TRY(next->insert(reference));
    }
  }
  read_.store(next.get(), std::memory_order_release);
  now_.swap(next);
  gone_.emplace_back(store_.quiescence().mark(), std::move(next));
  return {};
}

}  // namespace outrigger::pipeline
