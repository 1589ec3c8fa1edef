// Structs, headers and header unions, `typedef` and `type` (P4-16 §7.2.2–§7.2.9, §7.5, §7.6): what may be inside what.
#include <unordered_map>

#include <fmt/format.h>

#include "p4/check/checker.h"

namespace outrigger::p4 {

namespace {

const Type* without_new_types(const Type* type) {
  while (type->is(TypeKind::NewType)) {
    type = type->arguments.front();
  }
  return type;
}

bool fits_struct(const Type* type) {
  switch (without_new_types(type)->kind) {
    case TypeKind::Poison:
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Varbit:
    case TypeKind::Bool:
    case TypeKind::Error:
    case TypeKind::Enum:
    case TypeKind::Header:
    case TypeKind::HeaderUnion:
    case TypeKind::Stack:
    case TypeKind::Struct:
    case TypeKind::Tuple:
    case TypeKind::Variable: return true;
    default: return false;
  }
}

std::string_view noun(DeclarationKind container) {
  switch (container) {
    case DeclarationKind::Header: return "header";
    case DeclarationKind::HeaderUnion: return "header union";
    default: return "struct";
  }
}

std::string remedy_of(const Type* type, DeclarationKind container) {
  if (container == DeclarationKind::HeaderUnion) {
    return "a header union holds headers only";
  }
  if (type->is(TypeKind::Int)) {
    return "give it a width, as int<32> or bit<32>";
  }
  if (container != DeclarationKind::Header) {
    return type->is(TypeKind::Tuple) ? "int, string, match_kind and lists are for constants" : "";
  }
  if (type->is(TypeKind::Enum)) {
    return "give the enum an underlying type: enum bit<8> Name { … }";
  }
  return "a header holds bit<W>, int<W>, bool, varbit<W>, serializable enums, and structs of such without varbit";
}

}  // namespace

// P4-16 §7.2.8 "Type nesting rules".
bool Checker::may_be_field(const Type* type, DeclarationKind container) {
  switch (container) {
    case DeclarationKind::Header: return type->is(TypeKind::Varbit) || extent(type).fits_header;
    case DeclarationKind::HeaderUnion:
      return type->is(TypeKind::Header) || type->is(TypeKind::Variable) || type->is_poison();
    default: return fits_struct(type) && !extent(type).holds_constants;
  }
}

void Checker::check_type_parameters(std::span<TypeParameter* const> parameters) {
  for (TypeParameter* const parameter : parameters) {
    check_annotations(parameter->annotations, parameter);
    parameter->checked_type = types_.variable(*parameter);
    declare(*parameter);
  }
}

void Checker::check_struct_like(StructLikeDeclaration& declaration) {
  const DeclarationKind kind = declaration.kind;
  const StructField* varbit = nullptr;
  std::vector<const Type*> arguments;
  {
    const ScopeGuard scope(scopes_);
    check_type_parameters(declaration.type_parameters);
    std::unordered_map<std::string_view, const StructField*> names;
    for (StructField* const field : declaration.fields) {
      check_annotations(field->annotations, field);
      check_match_annotation(*field);
      const Type* type = resolve(*field->type);
      if (!may_be_field(type, kind)) {
        error(field->type->where, fmt::format("a {} cannot have a field of type '{}'", noun(kind), to_text(type)),
              remedy_of(type, kind));
        type = types_.poison();
      }
      if (type->is(TypeKind::Varbit)) {
        if (kind == DeclarationKind::Header && varbit != nullptr) {
          error(field->name.where, "a header can have only one varbit field", "split it into two headers")
              .note(varbit->name.where, "the first one is here");
        }
        varbit = field;
      }
      field->checked_type = type;
      if (const auto [before, is_new] = names.emplace(field->name.text, field); !is_new) {
        error(field->name.where, fmt::format("field '{}' is declared twice", field->name.text),
              "give one of them another name")
            .note(before->second->name.where, "declared here first");
      }
    }
    for (const TypeParameter* const parameter : declaration.type_parameters) {
      arguments.push_back(parameter->checked_type);
    }
  }
  const Type* const type = types_.struct_like(declaration, std::move(arguments));
  declaration.checked_type = type;
  if (!check_extent(type, declaration.name.where)) {
    for (StructField* const field : declaration.fields) {
      field->checked_type = types_.poison();
    }
  }
  declare(declaration);
}

// P4-16 §7.5. Of void, string and match_kind there is none.
void Checker::check_typedef(TypedefDeclaration& declaration) {
  if (declaration.derived != nullptr) {
    check_declaration(*declaration.derived);
  }
  const Type* type = declaration.type != nullptr      ? resolve(*declaration.type)
                     : declaration.derived != nullptr ? declaration.derived->checked_type
                                                      : types_.poison();
  if (type->is(TypeKind::Void) || type->is(TypeKind::MatchKind) || type->is(TypeKind::String)) {
    error(declaration.type->where, fmt::format("there can be no typedef of '{}'", to_text(type)));
    type = types_.poison();
  } else if (!check_extent(type, declaration.name.where)) {
    type = types_.poison();
  }
  declaration.checked_type = type;
  declare(declaration);
}

// P4-16 §7.6.
void Checker::check_new_type(NewTypeDeclaration& declaration) {
  const Type* type = resolve(*declaration.type);
  const bool is_good = type->is_fixed_integer() || type->is(TypeKind::Bool) || type->is(TypeKind::NewType);
  if (!is_good && !type->is_poison()) {
    error(declaration.type->where, fmt::format("'type' cannot make a new type from '{}'", to_text(type)),
          "it takes bit<W>, int<W>, bool, or what 'type' made from these; 'typedef' takes any type");
  }
  declaration.checked_type = is_good ? types_.new_type(declaration, type) : types_.poison();
  declare(declaration);
}

}  // namespace outrigger::p4
