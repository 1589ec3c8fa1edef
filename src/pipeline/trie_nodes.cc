// TrieNodes: packing, unpacking and handing out.
#include "pipeline/trie_nodes.h"

#include "pipeline/limits.h"

#include <algorithm>

namespace outrigger::pipeline {

namespace {

uint32_t units_for(int slots) noexcept { return 1 + (static_cast<uint32_t>(slots) + 3) / 4; }

}  // namespace

bool UnpackedNode::is_empty() const noexcept {
  const auto is_zero = [](uint32_t number) { return number == 0; };
  return std::ranges::all_of(children, is_zero) && std::ranges::all_of(leaves, is_zero);
}

TrieNodes::~TrieNodes() {
  for (FreeList& list : free_) {
    quiescence_.drain(&list);
  }
}

Result<> TrieNodes::reserve(uint64_t bytes) {
  // A number of 32 bits reaches 64 GiB.
  OR_ASSIGN(memory_, Region::make(std::min(bytes, region_bytes_max), "the nodes of an lpm table"));
  return {};
}

Result<uint32_t> TrieNodes::make(const UnpackedNode& content) {
  uint64_t children = 0;
  uint64_t leaf_starts = 1;
  for (uint32_t i = 0; i < TrieNode::places; ++i) {
    children |= uint64_t{content.children[i] != 0} << i;
    leaf_starts |= uint64_t{i > 0 && content.leaves[i] != content.leaves[i - 1]} << i;
  }
  const uint32_t units = units_for(std::popcount(children) + std::popcount(leaf_starts));
  auto number = free_[units].pop();
  if (!number) {
    if ((uint64_t{end_} + units) * unit_bytes > memory_.size_bytes()) {
      return fail(Code::ResourceExhausted, "an lpm table has no memory for another node");
    }
    number = end_;
    end_ += units;
  }
  TrieNode& node = *at(*number);
  node.children = children;
  node.leaf_starts = leaf_starts;
  std::atomic<uint32_t>* slot = node.slots();
  for (uint64_t left = children; left != 0; left &= left - 1) {
    (slot++)->store(content.children[static_cast<uint32_t>(std::countr_zero(left))], std::memory_order_relaxed);
  }
  for (uint64_t left = leaf_starts; left != 0; left &= left - 1) {
    (slot++)->store(content.leaves[static_cast<uint32_t>(std::countr_zero(left))], std::memory_order_relaxed);
  }
  return *number;
}

UnpackedNode TrieNodes::unpack(uint32_t number) const noexcept {
  UnpackedNode content;
  const TrieNode& node = *at(number);
  const std::atomic<uint32_t>* child = node.slots();
  const std::atomic<uint32_t>* leaf = child + std::popcount(node.children) - 1;
  for (uint32_t i = 0; i < TrieNode::places; ++i) {
    if ((node.children >> i & 1) != 0) {
      content.children[i] = (child++)->load(std::memory_order_relaxed);
    }
    leaf += node.leaf_starts >> i & 1;
    content.leaves[i] = leaf->load(std::memory_order_relaxed);
  }
  return content;
}

uint32_t TrieNodes::units_of(uint32_t number) const noexcept {
  return units_for(std::popcount(at(number)->children) + std::popcount(at(number)->leaf_starts));
}

void TrieNodes::release(uint32_t number) { free_[units_of(number)].push(number); }

void TrieNodes::retire(uint32_t number) { quiescence_.retire(&FreeList::give_back, &free_[units_of(number)], number); }

}  // namespace outrigger::pipeline
