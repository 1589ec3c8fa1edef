// What a TypeTable keeps: private to types.cc and type_fields.cc.
#pragma once

#include <deque>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "p4/types.h"

namespace outrigger::p4 {

struct TypeTable::Tables {
  struct Hash {
    size_t operator()(const Type* type) const noexcept;
  };
  struct Equal {
    bool operator()(const Type* a, const Type* b) const noexcept;
  };
  // The fields of one type, and where each name is.
  struct Fields {
    std::vector<Field> fields;
    std::unordered_map<std::string_view, size_t> by_name;
    bool is_complete = false;  // every field's type was known when it was filled
  };

  // The one type that is like this; Poison where it would be made from Poison, or nest too deep.
  const Type* intern(Type type);
  const Type* with_width(TypeKind kind, uint32_t width);

  std::deque<Type> types;
  std::unordered_set<const Type*, Hash, Equal> interned;
  const Type* poison = nullptr;
  uint32_t unknowns = 0;
  std::unordered_map<const Type*, Fields> fields;
};

}  // namespace outrigger::p4
