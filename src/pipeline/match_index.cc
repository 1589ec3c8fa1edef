// Which structure a table gets.
#include "pipeline/match_index.h"

#include "pipeline/direct_index.h"
#include "pipeline/exact_index.h"
#include "pipeline/linear_index.h"

namespace outrigger::pipeline {

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
  return StructureKind::Linear;
}

Result<std::unique_ptr<MatchIndex>> make_match_index(RecordStore& store) {
  const TableShape& shape = store.shape();
  const StructureKind kind = shape.structure == StructureKind::Automatic ? choose_structure(shape) : shape.structure;
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
    default: break;
  }
  return fail(Code::InvalidArgument, "table {}: a {} structure does not suit its key", shape.name,
              structure_kind_name(kind));
}

}  // namespace outrigger::pipeline
