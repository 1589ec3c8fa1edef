// TrieNodes: the memory of a trie's nodes, which differ in size. A node never changes but for the links to its
// children; a changed node is a new one, and the old is used again when all data threads have passed.
#pragma once

#include "pipeline/free_list.h"
#include "pipeline/quiescence.h"
#include "pipeline/region.h"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace outrigger::pipeline {

// Followed by the children's numbers, then by the leaves: a reference for each run of equal ones, 0 for none.
struct TrieNode {
  static constexpr uint32_t bits = 6;
  static constexpr uint32_t places = 1U << bits;

  uint64_t children;     // a bit for each place that has a child
  uint64_t leaf_starts;  // a bit for each place whose leaf differs from the one before; the first is always set

  [[nodiscard]] std::atomic<uint32_t>* slots() noexcept { return reinterpret_cast<std::atomic<uint32_t>*>(this + 1); }
  [[nodiscard]] const std::atomic<uint32_t>* slots() const noexcept {
    return reinterpret_cast<const std::atomic<uint32_t>*>(this + 1);
  }
};
static_assert(sizeof(TrieNode) == 16);

struct UnpackedNode {
  std::array<uint32_t, TrieNode::places> children{};
  std::array<uint32_t, TrieNode::places> leaves{};

  [[nodiscard]] bool is_empty() const noexcept;
};

class TrieNodes {
 public:
  explicit TrieNodes(Quiescence& quiescence) noexcept : quiescence_(quiescence) {}
  ~TrieNodes();
  TrieNodes(const TrieNodes&) = delete;
  TrieNodes& operator=(const TrieNodes&) = delete;

  Result<> reserve(uint64_t bytes);
  [[nodiscard]] TrieNode* at(uint32_t number) const noexcept {
    return reinterpret_cast<TrieNode*>(memory_.data() + uint64_t{number} * unit_bytes);
  }
  // A node with this content, not linked yet.
  Result<uint32_t> make(const UnpackedNode& content);
  [[nodiscard]] UnpackedNode unpack(uint32_t number) const noexcept;
  // The link to a node's child at `place`, which must be there.
  [[nodiscard]] std::atomic<uint32_t>* link(uint32_t number, uint32_t place) const noexcept {
    TrieNode& node = *at(number);
    const uint64_t before = node.children & ((uint64_t{1} << place) - 1);
    return node.slots() + std::popcount(before);
  }
  void release(uint32_t number);  // never linked
  void retire(uint32_t number);   // linked no more
  [[nodiscard]] uint64_t used_bytes() const noexcept { return uint64_t{end_} * unit_bytes; }

 private:
  static constexpr uint32_t unit_bytes = 16;
  static constexpr uint32_t units_max = 1 + 2 * TrieNode::places / 4;
  [[nodiscard]] uint32_t units_of(uint32_t number) const noexcept;

  Quiescence& quiescence_;
  Region memory_;
  uint32_t end_ = 1;                          // 0 is no node
  std::array<FreeList, units_max + 1> free_;  // by units
};

}  // namespace outrigger::pipeline
