// BitVectorIndex: chunks are exchanged as a whole; only references change, and columns go out of use, in place.
#include "pipeline/bit_vector_index.h"

#include "base/check.h"

#include <algorithm>

namespace outrigger::pipeline {

namespace {

// Two neighbours with so few entries together become one.
constexpr uint32_t merged_entries_max = chunk_columns / 2;
// From so many on each insertion asks what can be freed: the same memory, still in the cache, is soon used again.
constexpr uint64_t retired_bytes_usual = uint64_t{256} << 10;

}  // namespace

BitVectorIndex::BitVectorIndex(RecordStore& store)
    : MatchIndex(store), kernel_(bit_vector_kernel()), chunks_(store.quiescence()) {
  uint32_t offset = 0;
  for (const KeyField& field : store.shape().key) {
    if (field.kind == MatchKind::Range) {
      ranges_.push_back({offset, field.bytes()});
    }
    offset += field.bytes();
  }
}

Result<std::unique_ptr<MatchIndex>> BitVectorIndex::make(RecordStore& store, std::vector<uint32_t> references) {
  std::unique_ptr<BitVectorIndex> index(new BitVectorIndex(store));
  std::ranges::sort(references, [&](uint32_t a, uint32_t b) { return index->is_better(a, b); });
  auto chunks = std::make_unique<Chunks>((references.size() + chunk_columns - 1) / chunk_columns);
  for (size_t i = 0; i < chunks->size(); ++i) {
    const size_t first = i * chunk_columns;
    const size_t count = std::min<size_t>(chunk_columns, references.size() - first);
    (*chunks)[i] = Chunk::make(store, index->memory_, std::span(references).subspan(first, count)).release();
  }
  const bool is_whole = std::ranges::all_of(*chunks, [](const auto& at) { return at.load() != nullptr; });
  index->chunks_.publish(std::move(chunks));
  if (!is_whole) {
    return fail(Code::ResourceExhausted, "table {}: no memory for its entries' bits", store.shape().name);
  }
  return index;
}

BitVectorIndex::~BitVectorIndex() {
  store_.quiescence().drain(this);
  for (const auto& chunk : *chunks_.read()) {
    Pointer(chunk.load(std::memory_order_relaxed)).reset();
  }
}

void BitVectorIndex::retire(Chunk* chunk) {
  retired_bytes_.fetch_add(chunk->bytes(), std::memory_order_relaxed);
  store_.quiescence().retire(
      [](void* owner, uint64_t value) noexcept {
        auto* const gone = std::bit_cast<Chunk*>(value);
        static_cast<BitVectorIndex*>(owner)->retired_bytes_.fetch_sub(gone->bytes(), std::memory_order_relaxed);
        Chunk::Free()(gone);
      },
      this, std::bit_cast<uint64_t>(chunk));
}

void BitVectorIndex::exchange(size_t at, size_t count, std::vector<Pointer> chunks) {
  const Chunks& before = *chunks_.read();
  auto next = std::make_unique<Chunks>(before.size() - count + chunks.size());
  size_t to = 0;
  for (size_t from = 0; from <= before.size(); ++from) {
    if (from == at) {
      for (Pointer& chunk : chunks) {
        (*next)[to++] = chunk.release();
      }
    }
    if (from < before.size() && (from < at || from >= at + count)) {
      (*next)[to++] = before[from].load(std::memory_order_relaxed);
    }
  }
  std::vector<Chunk*> gone;
  for (size_t i = at; i < at + count; ++i) {
    gone.push_back(before[i].load(std::memory_order_relaxed));
  }
  chunks_.publish(std::move(next));  // retires the list, before the chunks that data threads find through it
  for (Chunk* const chunk : gone) {
    retire(chunk);
  }
}

size_t BitVectorIndex::chunk_for(uint32_t reference) const noexcept {
  const Chunks& chunks = *chunks_.read();
  const auto worse = std::ranges::partition_point(
      chunks, [&](const auto& chunk) { return !is_better(reference, chunk.load(std::memory_order_relaxed)->first()); });
  return worse == chunks.begin() ? 0 : static_cast<size_t>(worse - chunks.begin()) - 1;
}

Result<> BitVectorIndex::add_to(size_t at, uint32_t reference) {
  Chunk* const before = chunk(at);
  const std::vector<uint32_t> there = before->references();
  const auto worse = std::ranges::partition_point(there, [&](uint32_t other) { return is_better(other, reference); });
  const auto live = static_cast<uint32_t>(worse - there.begin());
  if (before->count() == chunk_columns) {
    return insert_into_full(at, reference, live);
  }
  Pointer next = before->with(store_, reference, live);
  if (next == nullptr) {
    return fail(Code::ResourceExhausted, "table {}: no memory for its entries' bits", store_.shape().name);
  }
  const_cast<Chunks&>(*chunks_.read())[at].store(next.release(), std::memory_order_release);
  retire(before);
  return {};
}

Result<> BitVectorIndex::insert_into_full(size_t at, uint32_t reference, uint32_t live) {
  const bool is_last = at + 1 == chunks_.read()->size();
  std::vector<Pointer> made;
  if (live == chunk_columns && !is_last && chunk(at + 1)->count() < chunk_columns) {
    return add_to(at + 1, reference);
  }
  if (live == 0 || live == chunk_columns) {  // as when entries come in order: what is there stays full
    made.push_back(Chunk::make(store_, memory_, std::span(&reference, 1)));
  } else {
    made.push_back(chunk(at)->half(false));
    made.push_back(chunk(at)->half(true));
  }
  if (std::ranges::any_of(made, [](const Pointer& chunk) { return chunk == nullptr; })) {
    return fail(Code::ResourceExhausted, "table {}: no memory for its entries' bits", store_.shape().name);
  }
  if (made.size() == 1) {
    exchange(at + (live == 0 ? 0 : 1), 0, std::move(made));
    return {};
  }
  exchange(at, 1, std::move(made));
  return add_to(at + (live > chunk_columns / 2 ? 1 : 0), reference);
}

Result<> BitVectorIndex::insert(uint32_t reference) {
  if (retired_bytes_.load(std::memory_order_relaxed) > retired_bytes_usual) {
    store_.quiescence().reclaim();
    if (retired_bytes_.load(std::memory_order_relaxed) > bit_vector_retired_bytes_max) {
      return fail(Code::Unavailable, "table {}: too many changes wait for the data threads to pass; try again",
                  store_.shape().name);
    }
  }
  if (chunks_.read()->empty()) {
    std::vector<Pointer> made;
    made.push_back(Chunk::make(store_, memory_, std::span(&reference, 1)));
    if (made.back() == nullptr) {
      return fail(Code::ResourceExhausted, "table {}: no memory for its entries' bits", store_.shape().name);
    }
    exchange(0, 0, std::move(made));
    return {};
  }
  return add_to(chunk_for(reference), reference);
}

void BitVectorIndex::replace(uint32_t before, uint32_t after) { chunk(chunk_for(before))->replace(before, after); }

void BitVectorIndex::remove(uint32_t reference) {
  const size_t at = chunk_for(reference);
  Chunk* const there = chunk(at);
  there->remove(reference);
  if (there->count() == 0) {
    exchange(at, 1, {});
  } else {
    merge_around(at);
  }
}

void BitVectorIndex::merge_around(size_t at) {
  const size_t size = chunks_.read()->size();
  for (size_t first = at == 0 ? 0 : at - 1; first + 1 < size && first <= at; ++first) {
    if (chunk(first)->count() + chunk(first + 1)->count() > merged_entries_max) {
      continue;
    }
    std::vector<uint32_t> all = chunk(first)->references();
    const std::vector<uint32_t> more = chunk(first + 1)->references();
    all.insert(all.end(), more.begin(), more.end());
    std::vector<Pointer> made;
    made.push_back(Chunk::make(store_, memory_, all));
    if (made.back() != nullptr) {  // without memory they stay as they are
      exchange(first, 2, std::move(made));
    }
    return;
  }
}

std::vector<uint32_t> BitVectorIndex::references() const {
  std::vector<uint32_t> all;
  for (const auto& chunk : *chunks_.read()) {
    const std::vector<uint32_t> more = chunk.load(std::memory_order_relaxed)->references();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

bool BitVectorIndex::is_in_ranges(uint32_t reference, const uint8_t* key) const noexcept {
  const uint8_t* const low = store_.value(reference);
  const uint8_t* const high = store_.bound(reference);
  for (const RangeField& field : ranges_) {
    if (field.bytes > sizeof(uint64_t)) {
      if (std::memcmp(key + field.offset, low + field.offset, field.bytes) < 0 ||
          std::memcmp(key + field.offset, high + field.offset, field.bytes) > 0) {
        return false;
      }
      continue;
    }
    uint64_t least = 0;
    uint64_t most = 0;
    uint64_t given = 0;
    for (uint32_t i = field.offset; i < field.offset + field.bytes; ++i) {
      least = least << 8 | low[i];
      most = most << 8 | high[i];
      given = given << 8 | key[i];
    }
    if (given < least || given > most) {
      return false;
    }
  }
  return true;
}

uint32_t BitVectorIndex::first_match(const Chunk& chunk, const BitVectorLine& left, uint32_t words,
                                     const uint8_t* key) const noexcept {
  for (; words != 0; words &= words - 1) {
    const auto w = static_cast<uint32_t>(std::countr_zero(words));
    for (uint64_t bits = left.words[w]; bits != 0; bits &= bits - 1) {
      const uint32_t reference = chunk.reference(w * 64 + static_cast<uint32_t>(std::countr_zero(bits)));
      if (reference != 0 && (ranges_.empty() || is_in_ranges(reference, key))) {
        return reference;
      }
    }
  }
  return 0;
}

void BitVectorIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                            const Entry** found) const noexcept {
  uint8_t wanted[burst_packets_max];  // the keys that have nothing yet
  uint8_t words[burst_packets_max];
  BitVectorLine left[burst_packets_max];
  BitVectorSearch search{.keys = keys, .stride = stride, .wanted = wanted, .count = count, .used = {}};
  for (uint32_t i = 0; i < count; ++i) {
    wanted[i] = static_cast<uint8_t>(i);
    found[i] = miss;
  }
  for (const auto& at : *chunks_.read()) {  // a chunk stays in the cache for the whole burst
    const Chunk& chunk = *at.load(std::memory_order_acquire);
    for (uint32_t w = 0; w < line_words; ++w) {
      search.used.words[w] = chunk.used(w);
    }
    kernel_(chunk, search, left, words);
    uint32_t still = 0;
    for (uint32_t i = 0; i < search.count; ++i) {
      const uint8_t number = wanted[i];
      const uint32_t reference =
          words[i] == 0 ? 0 : first_match(chunk, left[i], words[i], keys + size_t{number} * stride);
      if (reference != 0) {
        found[number] = store_.entry(reference);
      }
      wanted[still] = number;
      still += reference == 0 ? 1 : 0;
    }
    search.count = still;
    if (still == 0) {
      break;
    }
  }
}

}  // namespace outrigger::pipeline
