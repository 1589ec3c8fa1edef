// BitVectorChunk: making one from records, or from another one and a column more.
#include "pipeline/bit_vector_chunk.h"

#include "base/check.h"

#include <algorithm>
#include <bit>

namespace outrigger::pipeline {

namespace {

uint32_t nibble_of(const uint8_t* bytes, size_t half) noexcept {
  return bytes[half / 2] >> (half % 2 == 0 ? 4 : 0) & 0xF;
}

// The values from `least` to `most`.
NibbleSet nibble_range(uint32_t least, uint32_t most) noexcept {
  return static_cast<NibbleSet>((2U << most) - (1U << least));
}

NibbleSet nibbles_like(uint32_t value, uint32_t mask) noexcept {
  NibbleSet set = 0;
  for (uint32_t nibble = 0; nibble < nibble_values; ++nibble) {
    set = static_cast<NibbleSet>(set | (((nibble ^ value) & mask) == 0 ? 1U << nibble : 0U));
  }
  return set;
}

// What the entry does not rule out of each half byte. Of a range: what both ends share at the front, and at the first
// half byte that they do not share what lies between; the rest is compared when everything else fits.
std::vector<NibbleSet> nibble_sets(const RecordStore& store, uint32_t reference) {
  const uint8_t* const value = store.value(reference);
  const uint8_t* const bound = store.bound(reference);
  std::vector<NibbleSet> sets(size_t{2} * store.shape().key_bytes());
  size_t half = 0;
  for (const KeyField& field : store.shape().key) {
    bool is_shared = true;
    for (const size_t end = half + size_t{2} * field.bytes(); half < end; ++half) {
      const uint32_t low = nibble_of(value, half);
      const uint32_t high = nibble_of(bound, half);
      if (field.kind != MatchKind::Range) {
        sets[half] = nibbles_like(low, high);
      } else {
        sets[half] = is_shared ? nibble_range(low, high) : any_nibble;
        is_shared = is_shared && low == high;
      }
    }
  }
  return sets;
}

// Counted from the key's first.
size_t number_of(const BitVectorHalf& half) noexcept { return size_t{2} * half.byte + (half.shift == 0 ? 1 : 0); }

uint32_t weight_of(NibbleSet set) noexcept { return nibble_values - static_cast<uint32_t>(std::popcount(set)); }

void set_bit(BitVectorLine& line, uint32_t column) noexcept { line.words[column / 64] |= uint64_t{1} << column % 64; }

bool has_bit(const BitVectorLine& line, uint32_t column) noexcept {
  return (line.words[column / 64] >> column % 64 & 1) != 0;
}

// Adds what `set` does not rule out, as a column.
void add_column(BitVectorLine* lines, NibbleSet set, uint32_t column) noexcept {
  for (uint32_t nibble = 0; nibble < nibble_values; ++nibble) {
    lines[nibble].words[column / 64] |= uint64_t{set >> nibble & 1U} << column % 64;
  }
}

}  // namespace

void BitVectorChunk::Free::operator()(BitVectorChunk* chunk) const noexcept {
  BitVectorMemory& memory = chunk->memory_;
  const BitVectorMemory::Block block{chunk, chunk->bytes_};
  chunk->~BitVectorChunk();
  memory.give_back(block);
}

BitVectorChunk::Pointer BitVectorChunk::allocate(BitVectorMemory& memory, size_t halves) {
  const auto up = [](size_t bytes) { return (bytes + sizeof(BitVectorLine) - 1) / sizeof(BitVectorLine); };
  const size_t header = up(sizeof(BitVectorChunk) + halves * sizeof(BitVectorHalf)) * sizeof(BitVectorLine);
  const size_t bytes = header + halves * nibble_values * sizeof(BitVectorLine);
  const BitVectorMemory::Block block = memory.take(bytes);
  if (block.memory == nullptr) {
    return nullptr;
  }
  Pointer chunk(new (block.memory) BitVectorChunk(memory));
  chunk->bytes_ = block.bytes;
  chunk->halves_ = reinterpret_cast<BitVectorHalf*>(chunk.get() + 1);
  chunk->lines_ = reinterpret_cast<BitVectorLine*>(static_cast<std::byte*>(block.memory) + header);
  return chunk;
}

void BitVectorChunk::sort_halves() noexcept {
  std::ranges::sort(halves_, halves_ + halves_count_, std::ranges::greater{}, &BitVectorHalf::weight);
}

BitVectorChunk::Pointer BitVectorChunk::make(const RecordStore& store, BitVectorMemory& memory,
                                             std::span<const uint32_t> references) {
  check(!references.empty() && references.size() <= chunk_columns, "a chunk has columns for its entries");
  std::vector<std::vector<NibbleSet>> sets;
  std::vector<uint32_t> weights(size_t{2} * store.shape().key_bytes());
  for (const uint32_t reference : references) {
    sets.push_back(nibble_sets(store, reference));
    for (size_t half = 0; half < weights.size(); ++half) {
      weights[half] += weight_of(sets.back()[half]);
    }
  }
  Pointer chunk = allocate(memory, weights.size() - static_cast<size_t>(std::ranges::count(weights, 0U)));
  if (chunk == nullptr) {
    return nullptr;
  }
  for (size_t half = 0; half < weights.size(); ++half) {
    if (weights[half] == 0) {
      continue;
    }
    BitVectorLine* const lines = chunk->add_half(half, weights[half]);
    std::fill_n(lines, nibble_values, BitVectorLine{});
    for (uint32_t column = 0; column < references.size(); ++column) {
      add_column(lines, sets[column][half], column);
    }
  }
  for (uint32_t column = 0; column < references.size(); ++column) {
    chunk->put(column, references[column]);
  }
  chunk->sort_halves();
  return chunk;
}

BitVectorChunk::Room BitVectorChunk::room_at(uint32_t live) const noexcept {
  BitVectorLine used;
  for (uint32_t w = 0; w < line_words; ++w) {
    used.words[w] = used_[w].load(std::memory_order_relaxed);
  }
  // It comes before the column that is number `live` of those in use, or behind the last.
  uint32_t next = 0;
  for (uint32_t column = 0, left = live; column < chunk_columns; ++column) {
    if (has_bit(used, column)) {
      next = left == 0 ? column : column + 1;
      if (left-- == 0) {
        break;
      }
    }
  }
  Room room{.column = next, .stay = {}, .moved = {}, .is_up = true};
  if (next > 0 && !has_bit(used, next - 1)) {
    room.column = next - 1;
  } else {
    uint32_t above = next;
    while (above < chunk_columns && has_bit(used, above)) {
      ++above;
    }
    room.is_up = above < chunk_columns;
    for (uint32_t column = above; room.is_up && column > next; --column) {
      set_bit(room.moved, column);
    }
    if (!room.is_up) {  // there is room, so it is below
      room.column = next - 1;
      for (uint32_t column = next - 1; has_bit(used, column); --column) {
        set_bit(room.moved, column - 1);
      }
    }
  }
  for (uint32_t w = 0; w < line_words; ++w) {
    room.stay.words[w] = ~room.moved.words[w];
  }
  room.stay.words[room.column / 64] &= ~(uint64_t{1} << room.column % 64);
  return room;
}

namespace {

// The line with its bits moved as the room says; the new column's bit is 0.
void make_room(BitVectorLine& to, const BitVectorLine& from, const BitVectorLine& stay, const BitVectorLine& moved,
               bool is_up) noexcept {
  uint64_t shifted[line_words];
  if (is_up) {
    shifted[0] = from.words[0] << 1;
    for (uint32_t w = 1; w < line_words; ++w) {
      shifted[w] = from.words[w] << 1 | from.words[w - 1] >> 63;
    }
  } else {
    for (uint32_t w = 0; w + 1 < line_words; ++w) {
      shifted[w] = from.words[w] >> 1 | from.words[w + 1] << 63;
    }
    shifted[line_words - 1] = from.words[line_words - 1] >> 1;
  }
  for (uint32_t w = 0; w < line_words; ++w) {
    to.words[w] = (from.words[w] & stay.words[w]) | (shifted[w] & moved.words[w]);
  }
}

}  // namespace

void BitVectorChunk::take_columns(const BitVectorChunk& before, const Room& room, uint32_t reference) noexcept {
  for (uint32_t column = 0; column < chunk_columns; ++column) {
    const uint32_t from = !has_bit(room.moved, column) ? column : room.is_up ? column - 1 : column + 1;
    put(column, column == room.column ? reference : before.references_[from].load(std::memory_order_relaxed));
  }
}

void BitVectorChunk::put(uint32_t column, uint32_t reference) noexcept {
  references_[column].store(reference, std::memory_order_relaxed);
  if (reference != 0) {
    std::atomic<uint64_t>& word = used_[column / 64];
    word.store(word.load(std::memory_order_relaxed) | uint64_t{1} << column % 64, std::memory_order_relaxed);
    ++count_;
  }
}

BitVectorLine* BitVectorChunk::add_half(size_t half, uint32_t weight) noexcept {
  const uint32_t first = halves_count_ * nibble_values;
  halves_[halves_count_++] = {.lines = first,
                              .byte = static_cast<uint16_t>(half / 2),
                              .shift = static_cast<uint16_t>(half % 2 == 0 ? 4 : 0),
                              .weight = weight};
  return lines_ + first;
}

BitVectorChunk::Pointer BitVectorChunk::with(const RecordStore& store, uint32_t reference, uint32_t live) const {
  check(count_ < chunk_columns && live <= count_, "a chunk has room for another column");
  std::vector<NibbleSet> sets = nibble_sets(store, reference);
  std::vector<bool> is_there(sets.size());
  for (const BitVectorHalf& half : halves()) {
    is_there[number_of(half)] = true;
  }
  size_t halves_count = halves_count_;
  for (size_t half = 0; half < sets.size(); ++half) {
    halves_count += !is_there[half] && sets[half] != any_nibble ? 1 : 0;
  }
  Pointer chunk = allocate(memory_, halves_count);
  if (chunk == nullptr) {
    return nullptr;
  }
  const Room room = room_at(live);
  for (const BitVectorHalf& before : halves()) {
    const NibbleSet set = sets[number_of(before)];
    BitVectorLine* const lines = chunk->add_half(number_of(before), before.weight + weight_of(set));
    for (uint32_t nibble = 0; nibble < nibble_values; ++nibble) {
      make_room(lines[nibble], lines_[before.lines + nibble], room.stay, room.moved, room.is_up);
    }
    add_column(lines, set, room.column);
  }
  for (size_t i = 0; i < sets.size(); ++i) {
    if (is_there[i] || sets[i] == any_nibble) {
      continue;
    }
    // The columns until now do not care.
    BitVectorLine* const lines = chunk->add_half(i, weight_of(sets[i]));
    for (uint32_t nibble = 0; nibble < nibble_values; ++nibble) {
      std::ranges::fill(lines[nibble].words, ~uint64_t{0});
      lines[nibble].words[room.column / 64] &= ~(uint64_t{1} << room.column % 64);
    }
    add_column(lines, sets[i], room.column);
  }
  chunk->take_columns(*this, room, reference);
  chunk->sort_halves();
  return chunk;
}

BitVectorChunk::Pointer BitVectorChunk::half(bool is_second) const {
  constexpr uint32_t half_words = line_words / 2;
  const uint32_t first = is_second ? half_words : 0;
  Pointer chunk = allocate(memory_, halves_count_);
  if (chunk == nullptr) {
    return nullptr;
  }
  for (const BitVectorHalf& before : halves()) {
    const uint32_t lines = chunk->halves_count_ * nibble_values;
    uint32_t weight = 0;
    for (uint32_t nibble = 0; nibble < nibble_values; ++nibble) {
      BitVectorLine& line = chunk->lines_[lines + nibble];
      line = {};
      for (uint32_t w = 0; w < half_words; ++w) {
        line.words[w] = lines_[before.lines + nibble].words[first + w];
        const uint64_t used = used_[first + w].load(std::memory_order_relaxed);
        weight += static_cast<uint32_t>(std::popcount(~line.words[w] & used));
      }
    }
    if (weight != 0) {  // otherwise nobody cares any more, and the next half byte takes these lines
      chunk->add_half(number_of(before), weight);
    }
  }
  for (uint32_t column = 0; column < chunk_columns / 2; ++column) {
    chunk->put(column, references_[first * 64 + column].load(std::memory_order_relaxed));
  }
  chunk->sort_halves();
  return chunk;
}

uint32_t BitVectorChunk::first() const noexcept {
  for (uint32_t w = 0; w < line_words; ++w) {
    if (const uint64_t used = used_[w].load(std::memory_order_relaxed); used != 0) {
      return references_[w * 64 + static_cast<uint32_t>(std::countr_zero(used))].load(std::memory_order_relaxed);
    }
  }
  check(false, "a chunk has an entry");
  return 0;
}

std::vector<uint32_t> BitVectorChunk::references() const {
  std::vector<uint32_t> all;
  all.reserve(count_);
  for (const std::atomic<uint32_t>& column : references_) {
    if (const uint32_t reference = column.load(std::memory_order_relaxed); reference != 0) {
      all.push_back(reference);
    }
  }
  return all;
}

uint32_t BitVectorChunk::column_of(uint32_t reference) const noexcept {
  for (uint32_t column = 0; column < chunk_columns; ++column) {
    if (references_[column].load(std::memory_order_relaxed) == reference) {
      return column;
    }
  }
  check(false, "an entry of the store has its column");
  return 0;
}

void BitVectorChunk::replace(uint32_t before, uint32_t after) noexcept {
  references_[column_of(before)].store(after, std::memory_order_release);
}

void BitVectorChunk::remove(uint32_t reference) noexcept {
  const uint32_t column = column_of(reference);
  std::atomic<uint64_t>& word = used_[column / 64];
  word.store(word.load(std::memory_order_relaxed) & ~(uint64_t{1} << column % 64), std::memory_order_release);
  references_[column].store(0, std::memory_order_release);
  --count_;
}

}  // namespace outrigger::pipeline
