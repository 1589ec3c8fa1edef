// TrieIndex: updates copy one node and swing its link; lookups of a burst go down level by level together.
#include "pipeline/trie_index.h"

#include <algorithm>

namespace outrigger::pipeline {

namespace {

// A table of so many entries begins with an array for 16 bits (512 KiB).
constexpr uint32_t large_table_entries = 4096;
constexpr uint32_t large_root_bits = 16;

// In place: the runs of leaves stay where they are.
void overwrite(TrieNode& node, uint32_t before, uint32_t after) noexcept {
  std::atomic<uint32_t>* const leaves = node.slots() + std::popcount(node.children);
  for (int i = 0; i < std::popcount(node.leaf_starts); ++i) {
    if (leaves[i].load(std::memory_order_relaxed) == before) {
      leaves[i].store(after, std::memory_order_release);
    }
  }
}

}  // namespace

bool TrieIndex::suits(const TableShape& shape) noexcept {
  return shape.has(MatchKind::Lpm) && !shape.is_ranked() && shape.key_bytes() * 8 <= trie_bits_max;
}

TrieIndex::TrieIndex(RecordStore& store)
    : MatchIndex(store), walk_(store), total_bytes_(store.shape().key_bytes()), nodes_(store.quiescence()) {
  front_bits_ = 8 * (total_bytes_ - walk_.field_bytes()) + walk_.padding_bits();
  const uint32_t field_end = walk_.field_offset() + walk_.field_bytes();
  if (field_end != total_bytes_) {
    pieces_ = {
        {0, walk_.field_offset()}, {field_end, total_bytes_ - field_end}, {walk_.field_offset(), walk_.field_bytes()}};
  }
  const bool is_large = store.shape().entries() >= large_table_entries && total_bytes_ * 8 > large_root_bits;
  root_bits_ = is_large ? large_root_bits : 0;
#if defined(__x86_64__)
  has_popcnt_ = __builtin_cpu_supports("popcnt") != 0;
#endif
}

Result<std::unique_ptr<MatchIndex>> TrieIndex::make(RecordStore& store) {
  std::unique_ptr<TrieIndex> index(new TrieIndex(store));
  OR_ASSIGN(index->root_, Region::make((uint64_t{8} << index->root_bits_), "an lpm table"));
  // At worst each entry has its own nodes down to the last bit: one child each, and one full node.
  const uint64_t levels = index->total_bytes_ * 8 / TrieNode::bits + 1;
  OR_TRY(index->nodes_.reserve(uint64_t{store.capacity()} * (levels * 64 + 544) + (uint64_t{64} << 20)));
  return index;
}

const uint8_t* TrieIndex::ordered(const uint8_t* key, uint8_t* room) const noexcept {
  if (pieces_.empty()) {
    return key;
  }
  uint8_t* to = room;
  for (const Piece& piece : pieces_) {
    to = std::copy_n(key + piece.offset, piece.bytes, to);
  }
  return room;
}

uint32_t TrieIndex::root_place(const uint8_t* bits) const noexcept {
  return root_bits_ == 0 ? 0 : static_cast<uint32_t>(bits[0] << 8 | bits[1]);
}

uint32_t TrieIndex::position(const uint8_t* bits, uint32_t level) const noexcept {
  const uint32_t first = root_bits_ + level * TrieNode::bits;
  const uint32_t byte = first / 8;
  const uint32_t next = byte + 1 < total_bytes_ ? bits[byte + 1] : 0U;
  const uint32_t pair = static_cast<uint32_t>(bits[byte]) << 8 | next;
  return pair >> (16 - TrieNode::bits - first % 8) & (TrieNode::places - 1);
}

template <typename Change>
void TrieIndex::for_root_leaves(uint32_t reference, const uint8_t* bits, Change change) const noexcept {
  const uint32_t count = 1U << (root_bits_ - length_of(reference));
  for (uint32_t i = 0; i < count; ++i) {
    std::atomic<uint32_t>& leaf = root_leaves()[root_place(bits) + i];
    const uint32_t held = leaf.load(std::memory_order_relaxed);
    if (const uint32_t wanted = change(held); wanted != held) {
      leaf.store(wanted, std::memory_order_release);
    }
  }
}

template <typename Change>
void TrieIndex::for_leaves(UnpackedNode& node, uint32_t reference, const uint8_t* bits, Change change) const noexcept {
  const uint32_t length = length_of(reference);
  const uint32_t level = level_of(length);
  const uint32_t own_bits = length - root_bits_ - level * TrieNode::bits;  // 1 … 6 of them end here
  const uint32_t first = position(bits, level);
  for (uint32_t i = 0; i < 1U << (TrieNode::bits - own_bits); ++i) {
    node.leaves[first + i] = change(node.leaves[first + i]);
  }
}

uint32_t TrieIndex::walk(const uint8_t* bits, uint32_t level, Path& path) const noexcept {
  path.links[0] = &root_children()[root_place(bits)];
  for (uint32_t at = 0; at < level; ++at) {
    const uint32_t number = path.links[at]->load(std::memory_order_relaxed);
    const uint32_t place = position(bits, at);
    if (number == 0 || (nodes_.at(number)->children >> place & 1) == 0) {
      return at;
    }
    path.links[at + 1] = nodes_.link(number, place);
  }
  return level;
}

Result<uint32_t> TrieIndex::make_chain(uint32_t first, uint32_t last, uint32_t reference, const uint8_t* bits) {
  UnpackedNode end;
  for_leaves(end, reference, bits, [&](uint32_t) { return reference; });
  uint32_t made[levels_max];
  uint32_t count = 0;
  for (uint32_t level = last + 1; level-- > first;) {
    UnpackedNode node;
    if (count > 0) {
      node.children[position(bits, level)] = made[count - 1];
    }
    const auto number = nodes_.make(count == 0 ? end : node);
    if (!number.has_value()) {
      while (count > 0) {
        nodes_.release(made[--count]);
      }
      return std::unexpected(number.error());
    }
    made[count++] = *number;
  }
  return made[count - 1];
}

Result<> TrieIndex::swap_node(std::atomic<uint32_t>& link, const UnpackedNode& node) {
  const uint32_t before = link.load(std::memory_order_relaxed);
  OR_ASSIGN(const uint32_t after, nodes_.make(node));
  link.store(after, std::memory_order_release);
  if (before != 0) {
    nodes_.retire(before);
  }
  return {};
}

Result<> TrieIndex::insert(uint32_t reference) {
  uint8_t room[trie_bits_max / 8];
  const uint8_t* const bits = ordered(store_.value(reference), room);
  const uint32_t length = length_of(reference);
  const auto longer_of = [&](uint32_t held) { return held == 0 || length_of(held) < length ? reference : held; };
  if (length <= root_bits_) {
    for_root_leaves(reference, bits, longer_of);
    walk_.count(store_.notes(reference).prefix_bits, true);
    return {};
  }
  Path path;
  const uint32_t level = level_of(length);
  const uint32_t reached = walk(bits, level, path);
  const uint32_t number = path.links[reached]->load(std::memory_order_relaxed);
  if (number == 0) {
    OR_ASSIGN(const uint32_t chain, make_chain(reached, level, reference, bits));
    path.links[reached]->store(chain, std::memory_order_release);
  } else {
    UnpackedNode node = nodes_.unpack(number);
    uint32_t chain = 0;
    if (reached == level) {
      for_leaves(node, reference, bits, longer_of);
    } else {
      OR_ASSIGN(chain, make_chain(reached + 1, level, reference, bits));
      node.children[position(bits, reached)] = chain;
    }
    // Without memory for the copy, the chain is lost until the table goes: it is told as full.
    OR_TRY(swap_node(*path.links[reached], node));
  }
  walk_.count(store_.notes(reference).prefix_bits, true);
  return {};
}

void TrieIndex::replace(uint32_t before, uint32_t after) {
  uint8_t room[trie_bits_max / 8];
  const uint8_t* const bits = ordered(store_.value(before), room);
  const uint32_t length = length_of(before);
  if (length <= root_bits_) {
    for_root_leaves(before, bits, [&](uint32_t held) { return held == before ? after : held; });
    return;
  }
  Path path;
  walk(bits, level_of(length), path);
  overwrite(*nodes_.at(path.links[level_of(length)]->load(std::memory_order_relaxed)), before, after);
}

void TrieIndex::remove(uint32_t reference) {
  uint8_t room[trie_bits_max / 8];
  const uint8_t* const bits = ordered(store_.value(reference), room);
  const uint32_t length = length_of(reference);
  const uint32_t prefix_bits = store_.notes(reference).prefix_bits;
  walk_.count(prefix_bits, false);
  // What covers it from within the same node, or the root's array; what ends above is found on the way down.
  const uint32_t floor = length <= root_bits_ ? 0 : root_bits_ + level_of(length) * TrieNode::bits + 1;
  const uint32_t cover = walk_.cover(reference, floor > front_bits_ ? floor - front_bits_ : 0, prefix_bits);
  if (length <= root_bits_) {
    for_root_leaves(reference, bits, [&](uint32_t held) { return held == reference ? cover : held; });
    return;
  }
  Path path;
  const uint32_t level = level_of(length);
  walk(bits, level, path);
  const uint32_t number = path.links[level]->load(std::memory_order_relaxed);
  overwrite(*nodes_.at(number), reference, cover);
  // What follows makes it small again; where there is no memory for that, the node stays as it is.
  const UnpackedNode node = nodes_.unpack(number);
  if (node.is_empty()) {
    prune(bits, level, path);
  } else {
    (void)swap_node(*path.links[level], node);
  }
}

void TrieIndex::prune(const uint8_t* bits, uint32_t level, const Path& path) {
  // The lowest node goes, and every one above that had nothing but it.
  uint32_t number = path.links[level]->load(std::memory_order_relaxed);
  while (level > 0) {
    const uint32_t above = path.links[level - 1]->load(std::memory_order_relaxed);
    UnpackedNode node = nodes_.unpack(above);
    node.children[position(bits, level - 1)] = 0;
    if (!node.is_empty()) {
      if (swap_node(*path.links[level - 1], node).has_value()) {
        nodes_.retire(number);
      }
      return;
    }
    nodes_.retire(number);
    number = above;
    --level;
  }
  path.links[0]->store(0, std::memory_order_release);
  nodes_.retire(number);
}

namespace {

// One step down: what the node says of this place, and the child to go on with, or 0.
[[gnu::always_inline]] inline uint32_t step(const TrieNode& node, uint32_t place, uint32_t& best) noexcept {
  const uint64_t up_to = (uint64_t{2} << place) - 1;  // place 63: all ones
  const std::atomic<uint32_t>* const slots = node.slots();
  const int children = std::popcount(node.children);
  const uint32_t leaf = slots[children + std::popcount(node.leaf_starts & up_to) - 1].load(std::memory_order_acquire);
  best = leaf == 0 ? best : leaf;
  if ((node.children >> place & 1) == 0) {
    return 0;
  }
  return slots[std::popcount(node.children & (up_to >> 1))].load(std::memory_order_acquire);
}

}  // namespace

[[gnu::always_inline]] inline void TrieIndex::look_up(const uint8_t* keys, uint32_t stride, uint32_t count,
                                                      const Entry* miss, const Entry** found) const noexcept {
  alignas(8) uint8_t room[burst_packets_max][trie_bits_max / 8];
  const uint8_t* bits[burst_packets_max];
  uint32_t best[burst_packets_max];
  uint32_t number[burst_packets_max];
  uint32_t active[burst_packets_max];
  for (uint32_t i = 0; i < count; ++i) {
    bits[i] = ordered(keys + size_t{i} * stride, room[i]);
    __builtin_prefetch(&root_leaves()[root_place(bits[i])]);
    __builtin_prefetch(&root_children()[root_place(bits[i])]);
  }
  uint32_t active_count = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t place = root_place(bits[i]);
    best[i] = root_leaves()[place].load(std::memory_order_acquire);
    number[i] = root_children()[place].load(std::memory_order_acquire);
    active[active_count] = i;
    active_count += number[i] != 0 ? 1 : 0;
    __builtin_prefetch(nodes_.at(number[i]));
  }
  for (uint32_t level = 0; active_count > 0; ++level) {
    uint32_t left = 0;
    for (uint32_t a = 0; a < active_count; ++a) {
      const uint32_t i = active[a];
      number[i] = step(*nodes_.at(number[i]), position(bits[i], level), best[i]);
      active[left] = i;
      left += number[i] != 0 ? 1 : 0;
      __builtin_prefetch(nodes_.at(number[i]));
    }
    active_count = left;
  }
  for (uint32_t i = 0; i < count; ++i) {
    found[i] = best[i] == 0 ? miss : store_.entry(best[i]);
    __builtin_prefetch(found[i]);
  }
}

#if defined(__x86_64__) && !defined(__POPCNT__)
void TrieIndex::look_up_by_popcnt(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                                  const Entry** found) const noexcept {
  look_up(keys, stride, count, miss, found);
}
#endif

void TrieIndex::lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                       const Entry** found) const noexcept {
#if defined(__x86_64__) && !defined(__POPCNT__)
  if (has_popcnt_) {
    return look_up_by_popcnt(keys, stride, count, miss, found);
  }
#endif
  look_up(keys, stride, count, miss, found);
}

}  // namespace outrigger::pipeline
