// Dir24Index: each place holds the reference of the longest prefix that covers it.
#include "pipeline/dir24_index.h"

#include <algorithm>

namespace outrigger::pipeline {

namespace {

constexpr uint32_t upper_bits = 24;
constexpr uint32_t group_places = 256;
constexpr uint32_t group_bit = Dir24Layout::group_bit;

}  // namespace

bool Dir24Index::suits(const TableShape& shape) noexcept {
  return shape.key.size() == 1 && shape.key[0].kind == MatchKind::Lpm && shape.key[0].width_bits > 16 &&
         shape.key[0].width_bits <= 32;
}

Result<std::unique_ptr<MatchIndex>> Dir24Index::make(RecordStore& store) {
  std::unique_ptr<Dir24Index> index(new Dir24Index(store));
  // A group is in use for each prefix of more than 24 bits at most, and some wait for data threads.
  index->groups_max_ = std::min(store.capacity(), group_bit - 1);
  const bool is_large = store.shape().entries() >= 4096;
  OR_ASSIGN(index->upper_, Region::make((uint64_t{1} << upper_bits) * sizeof(uint32_t), "an lpm table", is_large));
  OR_ASSIGN(index->groups_,
            Region::make(uint64_t{index->groups_max_} * group_places * sizeof(uint32_t), "an lpm table's groups"));
  OR_ASSIGN(index->upper_depths_, Region::make(uint64_t{1} << upper_bits, "an lpm table", is_large));
  OR_ASSIGN(index->group_depths_, Region::make(uint64_t{index->groups_max_} * group_places, "an lpm table's groups"));
  index->layout_ = {.upper = index->upper(), .groups = index->group(0), .fallback = &index->fallback_};
  return index;
}

Dir24Index::~Dir24Index() { store_.quiescence().drain(&free_groups_); }

void Dir24Index::describe(TableAbi& abi) {
  if (walk_.field_width_bits() == 32) {
    abi.inline_kind = TableAbi::InlineKind::Dir24;
    abi.probe = &probe;
    abi.layout.store(&layout_, std::memory_order_release);
  }
}

uint32_t Dir24Index::address_of(const uint8_t* key) const noexcept {
  uint32_t number = 0;
  for (uint32_t i = 0; i < walk_.field_bytes(); ++i) {
    number = number << 8 | key[i];
  }
  return number << (32 - walk_.field_width_bits());
}

namespace {

void put_range(std::atomic<uint32_t>* places, uint8_t* depths, uint32_t count, uint32_t least, uint32_t most,
               uint32_t reference, uint32_t depth) noexcept {
  for (uint32_t i = 0; i < count; ++i) {
    if (depths[i] >= least && depths[i] <= most) {
      depths[i] = static_cast<uint8_t>(depth);
      places[i].store(reference, std::memory_order_release);
    }
  }
}

}  // namespace

void Dir24Index::put(uint32_t address, uint32_t bits, uint32_t least, uint32_t most, Held held) noexcept {
  if (bits > upper_bits) {
    const uint32_t number = upper()[address >> 8].load(std::memory_order_relaxed) & ~group_bit;
    const uint32_t first = address & 0xFF;
    put_range(group(number) + first, group_depths(number) + first, 1U << (32 - bits), least, most, held.reference,
              held.depth);
    return;
  }
  const uint32_t end = (address >> 8) + (1U << (upper_bits - bits));
  for (uint32_t at = address >> 8; at < end; ++at) {
    uint8_t& depth = upper_depths()[at];
    if (depth < least || depth > most) {
      continue;  // a group's places, too, that are not of longer prefixes
    }
    depth = static_cast<uint8_t>(held.depth);
    const uint32_t there = upper()[at].load(std::memory_order_relaxed);
    if ((there & group_bit) != 0) {
      const uint32_t number = there & ~group_bit;
      put_range(group(number), group_depths(number), group_places, least, most, held.reference, held.depth);
    } else {
      upper()[at].store(held.reference, std::memory_order_release);
    }
  }
}

Result<> Dir24Index::make_group(uint32_t at) {
  const uint32_t held = upper()[at].load(std::memory_order_relaxed);
  if ((held & group_bit) != 0) {
    return {};
  }
  auto number = free_groups_.pop();
  if (!number && groups_end_ == groups_max_) {
    store_.quiescence().reclaim();
    number = free_groups_.pop();
  }
  if (!number) {
    if (groups_end_ == groups_max_) {
      return fail(Code::Unavailable, "table {}: too many changes wait for the data threads to pass; try again",
                  store_.shape().name);
    }
    number = groups_end_++;
  }
  for (uint32_t i = 0; i < group_places; ++i) {
    group(*number)[i].store(held, std::memory_order_relaxed);
  }
  std::memset(group_depths(*number), upper_depths()[at], group_places);
  upper()[at].store(*number | group_bit, std::memory_order_release);
  return {};
}

void Dir24Index::fold_group(uint32_t at) noexcept {
  const uint32_t number = upper()[at].load(std::memory_order_relaxed) & ~group_bit;
  const uint8_t* const depths = group_depths(number);
  if (std::any_of(depths, depths + group_places, [](uint8_t depth) { return depth > upper_bits; })) {
    return;
  }
  upper()[at].store(group(number)[0].load(std::memory_order_relaxed), std::memory_order_release);
  store_.quiescence().retire(&FreeList::give_back, &free_groups_, number);
}

Result<> Dir24Index::insert(uint32_t reference) {
  const uint32_t bits = store_.notes(reference).prefix_bits;
  const uint32_t address = address_of(store_.value(reference));
  if (bits > upper_bits) {
    OR_TRY(make_group(address >> 8));
  }
  walk_.count(bits, true);
  if (bits == 0) {
    fallback_.store(reference, std::memory_order_release);
  } else {
    put(address, bits, 0, bits, {.reference = reference, .depth = bits});
  }
  return {};
}

void Dir24Index::replace(uint32_t before, uint32_t after) {
  const uint32_t bits = store_.notes(before).prefix_bits;
  if (bits == 0) {
    fallback_.store(after, std::memory_order_release);
  } else {
    put(address_of(store_.value(before)), bits, bits, bits, {.reference = after, .depth = bits});
  }
}

void Dir24Index::remove(uint32_t reference) {
  const uint32_t bits = store_.notes(reference).prefix_bits;
  walk_.count(bits, false);
  if (bits == 0) {
    fallback_.store(0, std::memory_order_release);
    return;
  }
  const uint32_t cover = walk_.cover(reference, 1, bits);  // the prefix of no bits is in fallback_
  const uint32_t depth = cover == 0 ? 0 : store_.notes(cover).prefix_bits;
  const uint32_t address = address_of(store_.value(reference));
  put(address, bits, bits, bits, {.reference = cover, .depth = depth});
  if (bits > upper_bits) {
    fold_group(address >> 8);
  }
}

namespace {

// A field of 32 bits.
uint32_t whole_address(const uint8_t* key) noexcept {
  uint32_t number = 0;
  std::memcpy(&number, key, sizeof number);
  return std::endian::native == std::endian::little ? std::byteswap(number) : number;
}

}  // namespace

void Dir24Index::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                        const Entry** found) const noexcept {
  uint32_t addresses[burst_packets_max];
  const std::atomic<uint32_t>* const places = layout_.upper;
  const bool is_whole = walk_.field_width_bits() == 32;
  for (uint32_t i = 0; i < count; ++i, keys += stride) {
    addresses[i] = is_whole ? whole_address(keys) : address_of(keys);
    __builtin_prefetch(&places[addresses[i] >> 8]);
  }
  find(addresses, count, miss, found);
}

void Dir24Index::probe(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count, uint64_t /*seed*/,
                       const Entry** found) {
  uint32_t addresses[burst_packets_max];
  for (uint32_t i = 0; i < count; ++i, keys += stride) {
    addresses[i] = whole_address(keys);
  }
  static_cast<const Dir24Index*>(static_cast<const MatchIndex*>(table->index))
      ->find(addresses, count, table->default_entry.load(std::memory_order_acquire), found);
}

// What the loops need is in locals: `found` might be anything, for all that the compiler knows.
void Dir24Index::find(const uint32_t* addresses, uint32_t count, const Entry* miss,
                      const Entry** found) const noexcept {
  uint32_t held[burst_packets_max];
  const Dir24Layout layout = layout_;
  const uint32_t fallback = fallback_.load(std::memory_order_acquire);
  const uint8_t* const records = store_.records();
  const uint64_t record_bytes = store_.stride();
  const auto in_group = [&](uint32_t reference, uint32_t address) {
    return &layout.groups[uint64_t{reference & ~group_bit} * group_places + (address & 0xFF)];
  };
  for (uint32_t i = 0; i < count; ++i) {
    held[i] = layout.upper[addresses[i] >> 8].load(std::memory_order_acquire);
    if ((held[i] & group_bit) != 0) {
      __builtin_prefetch(in_group(held[i], addresses[i]));
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t reference = held[i];
    if ((reference & group_bit) != 0) {
      reference = in_group(reference, addresses[i])->load(std::memory_order_acquire);
    }
    reference = reference == 0 ? fallback : reference;
    found[i] = reference == 0 ? miss : reinterpret_cast<const Entry*>(records + reference * record_bytes);
    __builtin_prefetch(found[i]);
  }
}

}  // namespace outrigger::pipeline
