// Which structure a table gets.
#include "pipeline/match_index.h"

#include "pipeline/bit_vector_index.h"
#include "pipeline/dir24_index.h"
#include "pipeline/direct_index.h"
#include "pipeline/exact_index.h"
#include "pipeline/linear_index.h"
#include "pipeline/ternary_index.h"
#include "pipeline/trie_index.h"
#include "pipeline/tuple_space_index.h"

namespace outrigger::pipeline {

namespace {

// From this size on, where somebody asked for it, an lpm table is worth DIR-24-8's 80 MiB of address space, of which
// routes of few bits take most.
constexpr uint32_t dir24_entries_min = 512;

}  // namespace

StructureKind choose_structure(const TableShape& shape) noexcept {
  if (shape.key.empty()) {
    return StructureKind::Linear;
  }
  if (DirectIndex::suits(shape)) {
    return StructureKind::Direct;
  }
  if (ExactIndex::suits(shape)) {
    return StructureKind::Exact;
  }
  if (Dir24Index::suits(shape) && shape.is_size_asked && shape.entries() >= dir24_entries_min) {
    return StructureKind::Dir24;
  }
  if (TrieIndex::suits(shape)) {
    return StructureKind::Trie;
  }
  return TupleSpaceIndex::suits(shape) ? StructureKind::TupleSpace : StructureKind::Linear;
}

Result<std::unique_ptr<MatchIndex>> make_match_index(RecordStore& store) {
  const TableShape& shape = store.shape();
  const bool is_automatic = shape.structure == StructureKind::Automatic;
  const StructureKind kind = is_automatic ? choose_structure(shape) : shape.structure;
  if (is_automatic && kind == StructureKind::TupleSpace) {
    return std::make_unique<TernaryIndex>(store);
  }
  switch (kind) {
    case StructureKind::Automatic:
    case StructureKind::Linear: return std::make_unique<LinearIndex>(store);
    case StructureKind::Exact:
      if (ExactIndex::suits(shape)) {
        return ExactIndex::make(store);
      }
      break;
    case StructureKind::Direct:
      if (DirectIndex::suits(shape)) {
        return DirectIndex::make(store);
      }
      break;
    case StructureKind::Dir24:
      if (Dir24Index::suits(shape)) {
        return Dir24Index::make(store);
      }
      break;
    case StructureKind::Trie:
      if (TrieIndex::suits(shape)) {
        return TrieIndex::make(store);
      }
      break;
    case StructureKind::TupleSpace:
      if (TupleSpaceIndex::suits(shape)) {
        return std::make_unique<TupleSpaceIndex>(store);
      }
      break;
    case StructureKind::BitVector:
      if (BitVectorIndex::suits(shape)) {
        return BitVectorIndex::make(store);
      }
      break;
  }
  return fail(Code::InvalidArgument, "table {}: a {} structure does not suit its key", shape.name,
              structure_kind_name(kind));
}

}  // namespace outrigger::pipeline
