// TrieIndex: longest prefix match for keys of any width, with exact fields besides: a trie of 6 bits a node whose nodes
// hold only what is there, found by counting bits (after Asai and Ohara's Poptrie, 2015; prefixes are kept in the node
// where they end, so that an update touches one node). Large tables begin with an array for the first 16 bits.
//
// The exact fields go in front of the lpm field, so that an entry is one prefix of the whole.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/prefix_walk.h"
#include "pipeline/trie_nodes.h"

namespace outrigger::pipeline {

class TrieIndex final : public MatchIndex {
 public:
  static bool suits(const TableShape& shape) noexcept;
  static Result<std::unique_ptr<MatchIndex>> make(RecordStore& store);

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::Trie; }
  [[nodiscard]] uint64_t node_bytes() const noexcept { return nodes_.used_bytes(); }

  struct Piece {  // of the key, in the order of the trie
    uint32_t offset;
    uint32_t bytes;
  };

 private:
  static constexpr uint32_t levels_max = trie_bits_max / TrieNode::bits + 2;
  // The links from the root to a node: links[i] holds the number of the node of level i.
  struct Path {
    std::atomic<uint32_t>* links[levels_max];
  };

  explicit TrieIndex(RecordStore& store);
  // What lookup() does, twice: for any CPU, and for those that count bits in one instruction.
  void look_up(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
               const Entry** found) const noexcept;
#if defined(__x86_64__) && !defined(__POPCNT__)
  [[gnu::target("popcnt")]] void look_up_by_popcnt(const uint8_t* keys, uint32_t stride, uint32_t count,
                                                   const Entry* miss, const Entry** found) const noexcept;
#endif
  [[nodiscard]] std::atomic<uint32_t>* root_leaves() const noexcept { return root_.as<std::atomic<uint32_t>>(); }
  [[nodiscard]] std::atomic<uint32_t>* root_children() const noexcept {
    return root_leaves() + (uint64_t{1} << root_bits_);
  }
  // The trie's order of a key's bytes, in scratch_ where it is another.
  const uint8_t* ordered(const uint8_t* key, uint8_t* room) const noexcept;
  [[nodiscard]] uint32_t root_place(const uint8_t* bits) const noexcept;
  [[nodiscard]] uint32_t position(const uint8_t* bits, uint32_t level) const noexcept;
  // Length of the record's prefix within the trie.
  [[nodiscard]] uint32_t length_of(uint32_t reference) const noexcept {
    return front_bits_ + store_.notes(reference).prefix_bits;
  }
  [[nodiscard]] uint32_t level_of(uint32_t length) const noexcept { return (length - root_bits_ - 1) / TrieNode::bits; }
  // Calls change(leaf) for all leaves of the root's array, or of `node`, that the record covers.
  template <typename Change>
  void for_root_leaves(uint32_t reference, const uint8_t* bits, Change change) const noexcept;
  template <typename Change>
  void for_leaves(UnpackedNode& node, uint32_t reference, const uint8_t* bits, Change change) const noexcept;
  // Nodes of levels first … last, each the only child of the one above, the last with the record. Its first's number.
  Result<uint32_t> make_chain(uint32_t first, uint32_t last, uint32_t reference, const uint8_t* bits);
  // Follows the key as far as there are nodes, at most to `level`: the level reached, with its link; the link may be 0.
  uint32_t walk(const uint8_t* bits, uint32_t level, Path& path) const noexcept;
  Result<> swap_node(std::atomic<uint32_t>& link, const UnpackedNode& node);
  void prune(const uint8_t* bits, uint32_t level, const Path& path);

  PrefixWalk walk_;
  std::vector<Piece> pieces_;  // empty: the key as it is
  uint32_t total_bytes_ = 0;
  uint32_t front_bits_ = 0;  // before the lpm field's own
  uint32_t root_bits_ = 0;
  Region root_;
  TrieNodes nodes_;
  [[maybe_unused]] bool has_popcnt_ = false;  // of an x86-64 processor
};

}  // namespace outrigger::pipeline
