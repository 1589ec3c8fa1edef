// Types as they are written in a program (P4-16 §7): the checker turns each into a p4::Type.
#pragma once

#include <vector>

#include "p4/ast/node.h"

namespace outrigger::p4 {

enum class TypeRefKind { Base, Named, Stack, Tuple, List, DontCare };

struct TypeRef : Node {
  explicit TypeRef(TypeRefKind of_kind) : kind(of_kind) {}
  const TypeRefKind kind;
  // Filled in by the checker.
  const Type* type = nullptr;
};

enum class BaseType { Bool, Error, MatchKind, String, Void, Int /* of any precision */, Bit, SignedInt, Varbit };

// bool, error, match_kind, string, void, int, bit, bit<w>, int<w>, varbit<w>.
struct BaseTypeRef : TypeRef {
  static constexpr TypeRefKind Kind = TypeRefKind::Base;
  BaseTypeRef() : TypeRef(Kind) {}
  BaseType base = BaseType::Bool;
  Expression* width =
      nullptr;  // an expression of constants; null for `bit` alone (one bit) and for kinds without a width
};

// A type's name, with its arguments where it is specialised: `T`, `.T`, `T<bit<8>, _>`.
struct NamedTypeRef : TypeRef {
  static constexpr TypeRefKind Kind = TypeRefKind::Named;
  NamedTypeRef() : TypeRef(Kind) {}
  Name name;
  bool is_global = false;  // written with a dot in front: looked up at the top level
  bool has_arguments = false;
  std::vector<TypeRef*> arguments;
  // Filled in by the checker.
  Declaration* declaration = nullptr;
};

// element[size]: a header stack (or, since 1.2.6, an array).
struct StackTypeRef : TypeRef {
  static constexpr TypeRefKind Kind = TypeRefKind::Stack;
  StackTypeRef() : TypeRef(Kind) {}
  TypeRef* element = nullptr;
  Expression* size = nullptr;
};

struct TupleTypeRef : TypeRef {
  static constexpr TypeRefKind Kind = TypeRefKind::Tuple;
  TupleTypeRef() : TypeRef(Kind) {}
  std::vector<TypeRef*> elements;
};

struct ListTypeRef : TypeRef {
  static constexpr TypeRefKind Kind = TypeRefKind::List;
  ListTypeRef() : TypeRef(Kind) {}
  TypeRef* element = nullptr;
};

// `_` as a type argument: to be inferred.
struct DontCareTypeRef : TypeRef {
  static constexpr TypeRefKind Kind = TypeRefKind::DontCare;
  DontCareTypeRef() : TypeRef(Kind) {}
};

}  // namespace outrigger::p4
