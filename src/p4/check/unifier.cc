// Unification: by the shape of types, unknowns taking what stands opposite.
#include "p4/check/unifier.h"

#include <algorithm>

#include <fmt/format.h>

#include "p4/check/type_kinds.h"

namespace outrigger::p4 {

std::span<TypeParameter* const> type_parameters_of(const Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Struct:
    case DeclarationKind::Header:
    case DeclarationKind::HeaderUnion: return as_struct_like(&declaration)->type_parameters;
    case DeclarationKind::Extern: return to<ExternDeclaration>(declaration).type_parameters;
    case DeclarationKind::Parser: return to<ParserDeclaration>(declaration).type_parameters;
    case DeclarationKind::Control: return to<ControlDeclaration>(declaration).type_parameters;
    case DeclarationKind::Package: return to<PackageDeclaration>(declaration).type_parameters;
    default: return {};
  }
}

Substitution substitution_of(TypeTable& types, const Type* type) {
  Substitution result;
  if (type->declaration == nullptr) {
    return result;
  }
  const std::span<TypeParameter* const> parameters = type_parameters_of(*type->declaration);
  for (size_t i = 0; i < parameters.size() && i < type->arguments.size(); ++i) {
    result[types.variable(*parameters[i])] = type->arguments[i];
  }
  return result;
}

std::span<Parameter* const> apply_parameters_of(const Declaration& declaration) {
  if (const auto* const parser = as<ParserDeclaration>(&declaration)) {
    return parser->parameters;
  }
  if (const auto* const control = as<ControlDeclaration>(&declaration)) {
    return control->parameters;
  }
  return {};
}

std::string_view to_text(Direction direction) noexcept {
  switch (direction) {
    case Direction::In: return "in";
    case Direction::Out: return "out";
    case Direction::InOut: return "inout";
    case Direction::None: break;
  }
  return "without direction";
}

bool is_wildcard(const Type* type) { return type->is(TypeKind::Variable) && type->declaration == nullptr; }

const Type* Unifier::fresh() {
  const Type* const unknown = types_.fresh_unknown();
  unknowns_.insert(unknown);
  return unknown;
}

bool Unifier::unify(const Type* wanted, const Type* given) {
  if (is_unknown(wanted)) {
    return bind(wanted, given);
  }
  if (is_wildcard(wanted) || is_wildcard(given)) {
    return true;
  }
  if (wanted == given || wanted->is_poison() || given->is_poison()) {
    return true;
  }
  if (is_object(wanted)) {
    return unify_objects(wanted, given);
  }
  if (!wanted->has_variables) {
    return (wanted->is_fixed_integer() && given->is(TypeKind::Int)) || given->is(TypeKind::Default) ||
           (given->is_serializable_enum() && given->arguments[0] == wanted);
  }
  return !done_.emplace(wanted, given).second || unify_inside(wanted, given);
}

bool Unifier::bind(const Type* unknown, const Type* given) {
  // These have no type that could be taken over.
  if (given->is(TypeKind::DontCare) || given->is(TypeKind::Default) || given->is(TypeKind::InvalidHeader)) {
    return true;
  }
  const Type*& bound = bound_[unknown];
  if (bound == nullptr) {
    bound = given;
    return true;
  }
  const Type* const both = merged(bound, given);
  if (both != nullptr) {
    bound_[unknown] = both;
  }
  return both != nullptr;
}

// What both become by implicit casts; null: nothing.
const Type* Unifier::merged(const Type* one, const Type* other) {
  if (one == other || other->is_poison()) {
    return one;
  }
  if (one->is_poison() || (one->is(TypeKind::Int) && other->is_fixed_integer())) {
    return other;
  }
  if (one->is_fixed_integer() && other->is(TypeKind::Int)) {
    return one;
  }
  if (is_object(one)) {
    return unify_objects(one, other) ? one : nullptr;
  }
  if (!one->is(TypeKind::Tuple) || !other->is(TypeKind::Tuple) || one->arguments.size() != other->arguments.size()) {
    return nullptr;
  }
  std::vector<const Type*> elements;
  for (size_t i = 0; i < one->arguments.size(); ++i) {
    const Type* const element = merged(one->arguments[i], other->arguments[i]);
    if (element == nullptr) {
      return nullptr;
    }
    elements.push_back(element);
  }
  return types_.tuple(std::move(elements));
}

bool Unifier::unify_inside(const Type* wanted, const Type* given) {
  switch (wanted->kind) {
    case TypeKind::Struct:
    case TypeKind::Header:
    case TypeKind::HeaderUnion:
      return wanted->declaration == given->declaration ? unify_arguments(wanted, given) : unify_fields(wanted, given);
    case TypeKind::Stack:
      return given->is(TypeKind::Stack) ? wanted->size == given->size && unify_arguments(wanted, given)
                                        : unify_elements(wanted->arguments[0], given);
    case TypeKind::List:
      return given->is(TypeKind::List) ? unify_arguments(wanted, given) : unify_elements(wanted->arguments[0], given);
    case TypeKind::Tuple:
    case TypeKind::Set: return wanted->kind == given->kind && unify_arguments(wanted, given);
    default: return false;
  }
}

bool Unifier::unify_arguments(const Type* wanted, const Type* given) {
  if (wanted->arguments.size() != given->arguments.size()) {
    return false;
  }
  bool is_good = true;
  for (size_t i = 0; i < wanted->arguments.size(); ++i) {
    is_good &= unify(wanted->arguments[i], given->arguments[i]);
  }
  return is_good;
}

// The literals {a, b} and {x = a, y = b} against a struct.
bool Unifier::unify_fields(const Type* wanted, const Type* given) {
  if (!given->is(TypeKind::Tuple) && !given->is(TypeKind::StructValue)) {
    return false;
  }
  const std::vector<Field> fields = types_.fields(wanted);
  bool is_good = true;
  for (size_t i = 0; i < given->arguments.size(); ++i) {
    const Field* field = nullptr;
    if (given->is(TypeKind::StructValue)) {
      field = types_.field(wanted, given->field_names[i]);
    } else if (given->is(TypeKind::Tuple) && i < fields.size()) {
      field = &fields[i];
    }
    is_good &= field != nullptr && unify(field->type, given->arguments[i]);
  }
  return is_good;
}

bool Unifier::unify_elements(const Type* element, const Type* tuple) {
  return tuple->is(TypeKind::Tuple) &&
         std::ranges::all_of(tuple->arguments, [&](const Type* part) { return unify(element, part); });
}

bool Unifier::unify_objects(const Type* wanted, const Type* given) {
  if (wanted->declaration == given->declaration) {
    if (unify_arguments(wanted, given)) {
      return resolved(wanted) == given || is_open(wanted);
    }
    return false;
  }
  if (wanted->kind != given->kind || (!wanted->is(TypeKind::Parser) && !wanted->is(TypeKind::Control))) {
    return false;
  }
  return unify_parameters(wanted, given);
}

// §16.1: a parser or control is of the type that a package asks for when it is applied in the same way.
bool Unifier::unify_parameters(const Type* wanted, const Type* given) {
  const std::span<Parameter* const> wanted_parameters = apply_parameters_of(*wanted->declaration);
  const std::span<Parameter* const> given_parameters = apply_parameters_of(*given->declaration);
  const Substitution wanted_types = substitution_of(types_, wanted);
  const Substitution given_types = substitution_of(types_, given);
  const size_t count = given_parameters.size();
  bool fits = count <= wanted_parameters.size();
  for (size_t i = count; fits && i < wanted_parameters.size(); ++i) {
    fits = wanted_parameters[i]->is_optional;
  }
  if (!fits) {
    difference_ = fmt::format("it has {} parameters, and {} are needed", count, wanted_parameters.size());
    return false;
  }
  for (size_t i = 0; i < count; ++i) {
    const Parameter& wanted_one = *wanted_parameters[i];
    const Parameter& given_one = *given_parameters[i];
    if (wanted_one.checked_type == nullptr || given_one.checked_type == nullptr) {
      continue;  // told where it is declared
    }
    if (!unify_parameter(wanted_one, types_.substitute(wanted_one.checked_type, wanted_types), given_one,
                         types_.substitute(given_one.checked_type, given_types))) {
      return false;
    }
  }
  return true;
}

bool Unifier::unify_parameter(const Parameter& wanted, const Type* wanted_type, const Parameter& given,
                              const Type* given_type) {
  if (wanted.direction != given.direction) {
    difference_ = fmt::format("its parameter '{}' is {}, and must be {}", given.name.text, to_text(given.direction),
                              to_text(wanted.direction));
    const std::string_view direction = wanted.direction == Direction::None ? "" : to_text(wanted.direction);
    remedy_ = fmt::format("declare it '{}{}{} {}'", direction, direction.empty() ? "" : " ", to_text(given_type),
                          given.name.text);
    return false;
  }
  // No implicit casts here: once unified the types must be the same.
  unify(wanted_type, given_type);
  const Type* const needed = resolved(wanted_type);
  if (needed != given_type && !needed->is_poison() && !given_type->is_poison() && !is_open(needed)) {
    difference_ = fmt::format("its parameter '{}' is of type {}, and must be of type {}", given.name.text,
                              to_text(given_type), to_text(needed));
    return false;
  }
  return true;
}

bool Unifier::is_open(const Type* type) {
  std::set<const Type*> seen;
  return find_open(type, seen);
}

bool Unifier::find_open(const Type* type, std::set<const Type*>& seen) {
  if (!type->has_variables || !seen.insert(type).second) {
    return false;
  }
  if (is_unknown(type)) {
    const auto found = bound_.find(type);
    return found == bound_.end() || found->second == nullptr;
  }
  if (is_wildcard(type)) {
    return true;
  }
  return std::ranges::any_of(type->arguments, [&](const Type* part) { return find_open(part, seen); });
}

}  // namespace outrigger::p4
