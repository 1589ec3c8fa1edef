// DirectIndex: one store an update, one load a lookup.
#include "pipeline/direct_index.h"

namespace outrigger::pipeline {

bool DirectIndex::suits(const TableShape& shape) noexcept {
  return shape.has_only(MatchKind::Exact) && !shape.key.empty() && shape.key_bytes() <= 2;
}

Result<std::unique_ptr<MatchIndex>> DirectIndex::make(RecordStore& store) {
  std::unique_ptr<DirectIndex> index(new DirectIndex(store));
  const uint64_t numbers = uint64_t{1} << (8 * store.shape().key_bytes());
  OR_ASSIGN(index->memory_, Region::make(numbers * sizeof(uint32_t), "a direct table"));
  index->layout_.references = index->references();
  return index;
}

void DirectIndex::describe(TableAbi& abi) {
  abi.inline_kind = TableAbi::InlineKind::Direct;
  abi.layout.store(&layout_, std::memory_order_release);
}

uint32_t DirectIndex::number_of(const uint8_t* key) const noexcept {
  return store_.shape().key_bytes() == 1 ? key[0] : static_cast<uint32_t>(key[0] << 8 | key[1]);
}

Result<> DirectIndex::insert(uint32_t reference) {
  references()[number_of(store_.value(reference))].store(reference, std::memory_order_release);
  return {};
}

void DirectIndex::replace(uint32_t before, uint32_t after) {
  references()[number_of(store_.value(before))].store(after, std::memory_order_release);
}

void DirectIndex::remove(uint32_t reference) {
  references()[number_of(store_.value(reference))].store(0, std::memory_order_release);
}

void DirectIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                         const Entry** found) const noexcept {
  const bool is_byte = store_.shape().key_bytes() == 1;
  for (uint32_t i = 0; i < count; ++i, keys += stride) {
    const uint32_t number = is_byte ? keys[0] : static_cast<uint32_t>(keys[0] << 8 | keys[1]);
    const uint32_t reference = references()[number].load(std::memory_order_acquire);
    found[i] = reference == 0 ? miss : store_.entry(reference);
    __builtin_prefetch(found[i]);
  }
}

}  // namespace outrigger::pipeline
