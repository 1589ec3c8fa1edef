// MatchIndex: the seam of what finds a table's entries. One class a structure; the contract suite runs over all of
// them. The control plane calls insert(), replace(), remove() and clear() one at a time; data threads call lookup()
// meanwhile, without a lock, and see each entry either before or after such a call. An entry that stays is found at
// every moment.
#pragma once

#include "base/result.h"
#include "pipeline/record_store.h"

#include <memory>

namespace outrigger::pipeline {

class MatchIndex {
 public:
  explicit MatchIndex(RecordStore& store) noexcept : store_(store) {}
  virtual ~MatchIndex() = default;
  MatchIndex(const MatchIndex&) = delete;
  MatchIndex& operator=(const MatchIndex&) = delete;

  // The record is complete, and the store finds it already. An error leaves everything as it was.
  virtual Result<> insert(uint32_t reference) = 0;
  // The same match and order in another record.
  virtual void replace(uint32_t before, uint32_t after) = 0;
  // The store does not find it any more.
  virtual void remove(uint32_t reference) = 0;
  // For each key the best entry that matches, or `miss`. See TableAbi::lookup.
  virtual void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
                      const Entry** found) const noexcept = 0;
  [[nodiscard]] virtual StructureKind kind() const noexcept = 0;
  // Says in the ABI what generated code may look up by itself.
  virtual void describe(TableAbi& abi) { (void)abi; }

 protected:
  RecordStore& store_;
};

// The structure that the shape asks for, or the best for its key and size. InvalidArgument: not for this key.
Result<std::unique_ptr<MatchIndex>> make_match_index(RecordStore& store);
// What `automatic` comes to. TupleSpace: at first; TernaryIndex goes to bit vectors and back.
StructureKind choose_structure(const TableShape& shape) noexcept;

}  // namespace outrigger::pipeline
