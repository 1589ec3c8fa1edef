// BitVectorIndex: bits are set and cleared in place, word by word. A reader that meets a column in the middle of a
// change may take it for a candidate or miss a new one; candidates are compared as a whole, so that it is never wrong.
#include "pipeline/bit_vector_index.h"

#include "pipeline/effective_mask.h"

namespace outrigger::pipeline {

namespace {

void set_bit(std::atomic<uint64_t>& word, uint64_t bit, bool is_set) noexcept {
  const uint64_t before = word.load(std::memory_order_relaxed);
  const uint64_t after = is_set ? before | bit : before & ~bit;
  if (after != before) {
    word.store(after, std::memory_order_release);
  }
}

}  // namespace

BitVectorIndex::BitVectorIndex(RecordStore& store)
    : MatchIndex(store),
      has_ranges_(store.shape().has(MatchKind::Range)),
      chunk_words_(uint64_t{line_words} * (1 + 2 * 16 * store.shape().key_bytes())) {}

Result<std::unique_ptr<MatchIndex>> BitVectorIndex::make(RecordStore& store) {
  std::unique_ptr<BitVectorIndex> index(new BitVectorIndex(store));
  const uint64_t chunks = store.shape().entries() / chunk_columns + 1;
  OR_ASSIGN(index->sets_, Region::make(chunks * index->chunk_words_ * sizeof(uint64_t), "a ternary table"));
  OR_ASSIGN(index->columns_, Region::make(chunks * chunk_columns * sizeof(uint32_t), "a ternary table"));
  return index;
}

void BitVectorIndex::write_column(uint32_t number, uint32_t reference) noexcept {
  const std::vector<uint8_t> mask = effective_mask(store_, reference);
  const uint8_t* const value = store_.value(reference);
  const uint64_t bit = uint64_t{1} << (number % 64);
  Word* const words = chunk(number / chunk_columns) + number % chunk_columns / 64;
  for (uint32_t half = 0; half < 2 * store_.shape().key_bytes(); ++half) {
    const uint32_t shift = half % 2 == 0 ? 4 : 0;
    const uint32_t wanted = value[half / 2] >> shift & 0xF;
    const uint32_t cared = mask[half / 2] >> shift & 0xF;
    for (uint32_t nibble = 0; nibble < 16; ++nibble) {
      set_bit(words[uint64_t{line_words} * (1 + half * 16 + nibble)], bit, ((nibble ^ wanted) & cared) == 0);
    }
  }
}

Result<> BitVectorIndex::insert(uint32_t reference) {
  uint32_t number = columns_end_.load(std::memory_order_relaxed);
  if (!free_columns_.empty()) {
    number = free_columns_.back();
    free_columns_.pop_back();
  } else {
    columns_end_.store(number + 1, std::memory_order_release);
  }
  if (column_of_.size() <= reference) {
    column_of_.resize(size_t{reference} + 1);
  }
  column_of_[reference] = number;
  write_column(number, reference);
  column(number)->store(reference, std::memory_order_release);
  set_bit(chunk(number / chunk_columns)[number % chunk_columns / 64], uint64_t{1} << (number % 64), true);
  return {};
}

void BitVectorIndex::replace(uint32_t before, uint32_t after) {
  const uint32_t number = column_of_[before];
  if (column_of_.size() <= after) {
    column_of_.resize(size_t{after} + 1);
  }
  column_of_[after] = number;
  column(number)->store(after, std::memory_order_release);
}

void BitVectorIndex::remove(uint32_t reference) {
  const uint32_t number = column_of_[reference];
  set_bit(chunk(number / chunk_columns)[number % chunk_columns / 64], uint64_t{1} << (number % 64), false);
  column(number)->store(0, std::memory_order_release);
  free_columns_.push_back(number);
}

uint32_t BitVectorIndex::best_in(uint32_t number, const uint8_t* key, uint32_t best) const noexcept {
  const Word* line = chunk(number);
  uint64_t left[line_words];
  for (uint32_t w = 0; w < line_words; ++w) {
    left[w] = line[w].load(std::memory_order_acquire);
  }
  line += line_words;
  uint64_t any = 1;
  for (uint32_t byte = 0; byte < store_.shape().key_bytes() && any != 0; ++byte, line += 2 * 16 * line_words) {
    const Word* const high = line + uint64_t{line_words} * (key[byte] >> 4);
    const Word* const low = line + uint64_t{line_words} * (16 + (key[byte] & 0xF));
    any = 0;
    for (uint32_t w = 0; w < line_words; ++w) {
      left[w] &= high[w].load(std::memory_order_relaxed) & low[w].load(std::memory_order_relaxed);
      any |= left[w];
    }
  }
  for (uint32_t w = 0; w < line_words && any != 0; ++w) {
    for (uint64_t bits = left[w]; bits != 0; bits &= bits - 1) {
      const uint32_t at = number * chunk_columns + w * 64 + static_cast<uint32_t>(std::countr_zero(bits));
      const uint32_t reference = column(at)->load(std::memory_order_acquire);
      if (reference != 0 && (best == 0 || store_.order(reference).is_better_than(store_.order(best))) &&
          is_match(store_, has_ranges_, reference, key)) {
        best = reference;
      }
    }
  }
  return best;
}

void BitVectorIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                            const Entry** found) const noexcept {
  const uint32_t chunks = (columns_end_.load(std::memory_order_acquire) + chunk_columns - 1) / chunk_columns;
  uint32_t best[burst_packets_max] = {};
  for (uint32_t number = 0; number < chunks; ++number) {  // a chunk stays in the cache for the whole burst
    for (uint32_t i = 0; i < count; ++i) {
      best[i] = best_in(number, keys + size_t{i} * stride, best[i]);
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    found[i] = best[i] == 0 ? miss : store_.entry(best[i]);
  }
}

}  // namespace outrigger::pipeline
