// The table of types: each is made once. Interning is by all members of Type that say what it is.
#include "p4/types.h"

#include <algorithm>
#include <functional>

#include "p4/type_tables.h"

namespace outrigger::p4 {

namespace {

TypeKind kind_of_object(const Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Extern: return TypeKind::Extern;
    case DeclarationKind::Parser: return TypeKind::Parser;
    case DeclarationKind::Control: return TypeKind::Control;
    case DeclarationKind::Package: return TypeKind::Package;
    default: check(false, "a declaration whose instances are objects"); return TypeKind::Poison;
  }
}

TypeKind kind_of_named(const Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Table: return TypeKind::Table;
    case DeclarationKind::Action: return TypeKind::Action;
    case DeclarationKind::Function:
    case DeclarationKind::Method: return TypeKind::Callable;
    case DeclarationKind::ValueSet: return TypeKind::ValueSet;
    case DeclarationKind::ParserState: return TypeKind::State;
    default: check(false, "a declaration that has a type of its own"); return TypeKind::Poison;
  }
}

TypeKind kind_of_struct_like(const StructLikeDeclaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Struct: return TypeKind::Struct;
    case DeclarationKind::Header: return TypeKind::Header;
    case DeclarationKind::HeaderUnion: return TypeKind::HeaderUnion;
    default: check(false, "a struct, header or header union"); return TypeKind::Poison;
  }
}

Type plain(TypeKind kind) {
  Type type;
  type.kind = kind;
  return type;
}

Type of_declaration(TypeKind kind, const Declaration& declaration, std::vector<const Type*> arguments = {}) {
  Type type = plain(kind);
  type.declaration = &declaration;
  type.arguments = std::move(arguments);
  return type;
}

void mix(size_t& hash, size_t value) { hash = hash * 0x9E3779B97F4A7C15U + (value ^ (hash >> 29U)); }

// A name stands for what it is also where what it is made from is wrong: a fault in an enum's type is told there.
bool keeps_poison(TypeKind kind) { return kind == TypeKind::Enum || kind == TypeKind::NewType; }

}  // namespace

size_t TypeTable::Tables::Hash::operator()(const Type* type) const noexcept {
  size_t hash = static_cast<size_t>(type->kind);
  mix(hash, type->width);
  mix(hash, type->size);
  mix(hash, std::hash<const void*>()(type->declaration));
  for (const Type* argument : type->arguments) {
    mix(hash, std::hash<const void*>()(argument));
  }
  for (const std::string& name : type->field_names) {
    mix(hash, std::hash<std::string>()(name));
  }
  return hash;
}

bool TypeTable::Tables::Equal::operator()(const Type* a, const Type* b) const noexcept {
  return a->kind == b->kind && a->width == b->width && a->size == b->size && a->declaration == b->declaration &&
         a->arguments == b->arguments && a->field_names == b->field_names && a->has_rest == b->has_rest;
}

const Type* TypeTable::Tables::intern(Type type) {
  type.has_variables = type.is(TypeKind::Variable);
  type.depth = 1;
  for (const Type* argument : type.arguments) {
    check(argument != nullptr, "a type made from types");
    if (argument->is_poison() && !keeps_poison(type.kind)) {
      return poison;
    }
    type.has_variables |= argument->has_variables;
    type.depth = std::max(type.depth, argument->depth + 1);
  }
  if (type.depth > types_depth_max) {
    return poison;
  }
  if (const auto found = interned.find(&type); found != interned.end()) {
    return *found;
  }
  const Type* const made = &types.emplace_back(std::move(type));
  interned.insert(made);
  return made;
}

TypeTable::TypeTable() : tables_(std::make_unique<Tables>()) {
  tables_->poison = &tables_->types.emplace_back();
  tables_->interned.insert(tables_->poison);
}
TypeTable::~TypeTable() = default;

const Type* TypeTable::poison() { return tables_->poison; }
const Type* TypeTable::void_type() { return tables_->intern(plain(TypeKind::Void)); }
const Type* TypeTable::boolean() { return tables_->intern(plain(TypeKind::Bool)); }
const Type* TypeTable::integer() { return tables_->intern(plain(TypeKind::Int)); }
const Type* TypeTable::string() { return tables_->intern(plain(TypeKind::String)); }
const Type* TypeTable::error() { return tables_->intern(plain(TypeKind::Error)); }
const Type* TypeTable::match_kind() { return tables_->intern(plain(TypeKind::MatchKind)); }
const Type* TypeTable::invalid_header() { return tables_->intern(plain(TypeKind::InvalidHeader)); }
const Type* TypeTable::default_value() { return tables_->intern(plain(TypeKind::Default)); }
const Type* TypeTable::dont_care() { return tables_->intern(plain(TypeKind::DontCare)); }

const Type* TypeTable::bit(uint32_t width) { return tables_->with_width(TypeKind::Bit, width); }
const Type* TypeTable::signed_int(uint32_t width) { return tables_->with_width(TypeKind::SignedInt, width); }
const Type* TypeTable::varbit(uint32_t width_max) { return tables_->with_width(TypeKind::Varbit, width_max); }

const Type* TypeTable::Tables::with_width(TypeKind kind, uint32_t width) {
  Type type = plain(kind);
  type.width = width;
  return intern(std::move(type));
}

const Type* TypeTable::enumeration(const EnumDeclaration& declaration, const Type* underlying) {
  std::vector<const Type*> arguments;
  if (underlying != nullptr) {
    arguments.push_back(underlying);
  }
  return tables_->intern(of_declaration(TypeKind::Enum, declaration, std::move(arguments)));
}

const Type* TypeTable::new_type(const NewTypeDeclaration& declaration, const Type* underlying) {
  return tables_->intern(of_declaration(TypeKind::NewType, declaration, {underlying}));
}

const Type* TypeTable::struct_like(const StructLikeDeclaration& declaration, std::vector<const Type*> arguments) {
  return tables_->intern(of_declaration(kind_of_struct_like(declaration), declaration, std::move(arguments)));
}

const Type* TypeTable::object(const Declaration& declaration, std::vector<const Type*> arguments) {
  return tables_->intern(of_declaration(kind_of_object(declaration), declaration, std::move(arguments)));
}

const Type* TypeTable::named(const Declaration& declaration) {
  return tables_->intern(of_declaration(kind_of_named(declaration), declaration));
}

const Type* TypeTable::apply_result(const TableDeclaration& table) {
  return tables_->intern(of_declaration(TypeKind::ApplyResult, table));
}

const Type* TypeTable::action_list(const TableDeclaration& table) {
  return tables_->intern(of_declaration(TypeKind::ActionList, table));
}

const Type* TypeTable::variable(const TypeParameter& parameter) {
  return tables_->intern(of_declaration(TypeKind::Variable, parameter));
}

const Type* TypeTable::fresh_unknown() {
  Type type = plain(TypeKind::Variable);
  type.size = ++tables_->unknowns;
  return tables_->intern(std::move(type));
}

const Type* TypeTable::stack(const Type* element, uint32_t size) {
  Type type = plain(TypeKind::Stack);
  type.arguments = {element};
  type.size = size;
  return tables_->intern(std::move(type));
}

const Type* TypeTable::tuple(std::vector<const Type*> elements, bool has_rest) {
  Type type = plain(TypeKind::Tuple);
  type.arguments = std::move(elements);
  type.has_rest = has_rest;
  return tables_->intern(std::move(type));
}

const Type* TypeTable::list(const Type* element) {
  Type type = plain(TypeKind::List);
  type.arguments = {element};
  return tables_->intern(std::move(type));
}

const Type* TypeTable::set(const Type* element) {
  Type type = plain(TypeKind::Set);
  type.arguments = {element};
  return tables_->intern(std::move(type));
}

const Type* TypeTable::struct_value(std::vector<std::string> names, std::vector<const Type*> types, bool has_rest) {
  check(names.size() == types.size(), "a type for each field");
  Type type = plain(TypeKind::StructValue);
  type.field_names = std::move(names);
  type.arguments = std::move(types);
  type.has_rest = has_rest;
  return tables_->intern(std::move(type));
}

const Type* underlying(const Type* type) {
  while (type->is(TypeKind::NewType) || type->is_serializable_enum()) {
    type = type->arguments[0];
  }
  return type;
}

}  // namespace outrigger::p4
