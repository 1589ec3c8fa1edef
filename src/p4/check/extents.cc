// How much types hold inside: bounded where they are declared, so that every later walk over a type ends soon.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"

namespace outrigger::p4 {

namespace {

// Parts without parts of their own in one type: a struct of two structs of two structs … doubles at each step.
constexpr uint64_t type_leaves_max = 1U << 20U;
// Types inside one another, by fields as well.
constexpr uint32_t type_nesting_max = 512;

// Before its parts are looked at.
bool is_header_data(const Type* type) {
  switch (type->kind) {
    case TypeKind::Poison:
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Bool:
    case TypeKind::Variable:
    case TypeKind::NewType:
    case TypeKind::Stack:
    case TypeKind::Struct: return true;
    case TypeKind::Enum: return type->is_serializable_enum();
    default: return false;
  }
}

// §7.1.3, §7.1.5, §7.1.6.5, §7.2.8
bool is_for_constants(const Type* type) {
  return type->is(TypeKind::Int) || type->is(TypeKind::String) || type->is(TypeKind::MatchKind) ||
         type->is(TypeKind::List);
}

}  // namespace

Checker::Extent Checker::extent(const Type* type) {
  if (const auto known = extents_.find(type); known != extents_.end()) {
    return known->second;
  }
  Extent result;
  result.fits_header = is_header_data(type);
  result.holds_constants = is_for_constants(type);
  const auto add = [&](const Type* part) {
    const Extent inner = extent(part);
    result.depth = std::max(result.depth, inner.depth + 1);
    result.leaves = std::min(result.leaves + inner.leaves, type_leaves_max + 1);
    result.fits_header = result.fits_header && inner.fits_header;
    result.holds_constants = result.holds_constants || inner.holds_constants;
  };
  if (type->is_struct_like()) {
    for (const Field& field : types_.fields(type)) {
      add(field.type);
    }
  } else if (type->is(TypeKind::Stack) || type->is(TypeKind::Tuple) || type->is(TypeKind::List) ||
             type->is(TypeKind::StructValue) || type->is(TypeKind::NewType)) {
    for (const Type* const part : type->arguments) {
      add(part);
    }
    if (type->is(TypeKind::Stack)) {
      result.leaves = std::min(result.leaves * std::max(type->size, 1U), type_leaves_max + 1);
    }
  }
  extents_.emplace(type, result);
  return result;
}

bool Checker::check_extent(const Type* type, SourceRange where) {
  const Extent found = extent(type);
  if (found.depth > type_nesting_max) {
    error(where, fmt::format("types are nested more than {} deep here", type_nesting_max),
          "flatten some of the structs into the ones that hold them");
    return false;
  }
  if (found.leaves > type_leaves_max) {
    error(where, fmt::format("this type has more than {} fields and elements in all", type_leaves_max),
          "make stacks shorter, or take structs out of it");
    return false;
  }
  return true;
}

}  // namespace outrigger::p4
