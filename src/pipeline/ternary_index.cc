// TernaryIndex: the change from tuple space to bit vectors.
#include "pipeline/ternary_index.h"

#include "pipeline/bit_vector_index.h"

namespace outrigger::pipeline {

TernaryIndex::TernaryIndex(RecordStore& store) : MatchIndex(store), tuples_(store) {}

Result<> TernaryIndex::insert(uint32_t reference) {
  OR_TRY(now_->insert(reference));
  if (now_ == &tuples_ && tuples_.is_crowded()) {
    // Without memory for bit vectors the tuple space goes on: slower, and as right.
    (void)go_over();
  }
  return {};
}

Result<> TernaryIndex::go_over() {
  OR_ASSIGN(auto vectors, BitVectorIndex::make(store_));
  for (const uint32_t reference : tuples_.references()) {
    OR_TRY(vectors->insert(reference));
  }
  vectors_ = std::move(vectors);
  now_ = vectors_.get();
  read_.store(now_, std::memory_order_release);
  return {};
}

}  // namespace outrigger::pipeline
