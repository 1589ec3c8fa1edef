// Types as they are written (P4-16 §7, §7.2): names looked up, widths and sizes computed, type arguments put in.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"
#include "p4/check/unifier.h"

namespace outrigger::p4 {

namespace {

// What may be inside a tuple, list or stack, or stand for a type parameter (§7.2.8 table, generously).
bool may_be_part(const Type* type) {
  return type->is_poison() || (is_value(type) && !type->is(TypeKind::Default) && !type->is(TypeKind::InvalidHeader));
}

// §7.2.4: of these there are no stacks, while there are arrays of arrays.
bool is_header_stack(const Type* type) {
  return type->is(TypeKind::Stack) &&
         (type->arguments[0]->is(TypeKind::Header) || type->arguments[0]->is(TypeKind::HeaderUnion));
}

}  // namespace

const Type* Checker::resolve(TypeRef& ref) {
  if (ref.type == nullptr) {
    ref.type = resolve_parts(ref);
  }
  return ref.type;
}

const Type* Checker::resolve_parts(TypeRef& ref) {
  switch (ref.kind) {
    case TypeRefKind::Base: return resolve_base(to<BaseTypeRef>(ref));
    case TypeRefKind::Named: return resolve_named(to<NamedTypeRef>(ref));
    case TypeRefKind::Stack: return resolve_stack(to<StackTypeRef>(ref));
    case TypeRefKind::DontCare: return types_.dont_care();
    case TypeRefKind::List: {
      const Type* const element = resolve(*to<ListTypeRef>(ref).element);
      if (!may_be_part(element)) {
        error(ref.where, fmt::format("a list cannot hold {}", to_text(element)));
        return types_.poison();
      }
      return types_.list(element);
    }
    case TypeRefKind::Tuple: {
      std::vector<const Type*> elements;
      for (TypeRef* const element : to<TupleTypeRef>(ref).elements) {
        elements.push_back(resolve(*element));
        if (!may_be_part(elements.back())) {
          error(element->where, fmt::format("a tuple cannot hold {}", to_text(elements.back())));
          elements.back() = types_.poison();
        }
      }
      return types_.tuple(std::move(elements));
    }
  }
  return types_.poison();
}

const Type* Checker::resolve_base(BaseTypeRef& ref) {
  switch (ref.base) {
    case BaseType::Bool: return types_.boolean();
    case BaseType::Error: return types_.error();
    case BaseType::MatchKind: return types_.match_kind();
    case BaseType::String: return types_.string();
    case BaseType::Void: return types_.void_type();
    case BaseType::Int: return types_.integer();
    default: break;
  }
  if (ref.width == nullptr) {
    return ref.base == BaseType::SignedInt ? types_.signed_int(1) : types_.bit(1);
  }
  const uint32_t least = ref.base == BaseType::SignedInt ? 1 : 0;  // §7.1.6.3: a sign takes a bit
  const std::optional<uint32_t> width = require_count(*ref.width, "the width of a type", least, width_bits_max);
  if (!width.has_value()) {
    return types_.poison();
  }
  return ref.base == BaseType::Bit         ? types_.bit(*width)
         : ref.base == BaseType::SignedInt ? types_.signed_int(*width)
                                           : types_.varbit(*width);
}

Declaration* Checker::find_type(NamedTypeRef& ref) {
  const Scopes::Overloads& found = scopes_.lookup(ref.name.text, ref.is_global);
  if (found.empty()) {
    unknown_name(ref.name, "type");
    return nullptr;
  }
  Declaration* const declaration = found.front();
  if (!is_type_name(*declaration)) {
    error(ref.name.where, fmt::format("{} is not a type", noun_and_name(*declaration)))
        .note(declaration->name.where, fmt::format("'{}' is declared here", ref.name.text));
    return nullptr;
  }
  ref.declaration = declaration;
  warn_deprecated(*declaration, ref.name.where);
  return declaration;
}

bool Checker::resolve_arguments(NamedTypeRef& ref, std::vector<const Type*>& arguments) {
  bool is_good = true;
  for (TypeRef* const argument : ref.arguments) {
    arguments.push_back(resolve(*argument));
    is_good &= !arguments.back()->is_poison();
  }
  return is_good;
}

// §7.2.15: `_` in the type of an object that is asked for (a block of a package, an extern that a constructor is given)
// is an unknown of its own.
bool Checker::open_dont_cares(const NamedTypeRef& ref, const Declaration& declaration,
                              std::vector<const Type*>& arguments) {
  const bool may_be_open = declaration.kind == DeclarationKind::Parser ||
                           declaration.kind == DeclarationKind::Control ||
                           declaration.kind == DeclarationKind::Package || declaration.kind == DeclarationKind::Extern;
  for (const Type*& argument : arguments) {
    if (!argument->is(TypeKind::DontCare)) {
      continue;
    }
    if (!may_be_open) {
      error(ref.where, "a type argument '_' can only be inferred where something is called or instantiated",
            "write the type");
      return false;
    }
    argument = types_.fresh_unknown();
  }
  return true;
}

const Type* Checker::resolve_named(NamedTypeRef& ref) {
  Declaration* const declaration = find_type(ref);
  std::vector<const Type*> arguments;
  if (declaration == nullptr || !resolve_arguments(ref, arguments)) {
    return types_.poison();
  }
  const size_t count = type_parameters_of(*declaration).size();
  if (arguments.size() != count) {
    error(ref.where,
          fmt::format("{} has {} type parameter{}, and {} type argument{} given", noun_and_name(*declaration), count,
                      count == 1 ? "" : "s", arguments.size(), arguments.size() == 1 ? " is" : "s are"),
          arguments.empty() ? fmt::format("write {}<…>", ref.name.text) : "")
        .note(declaration->name.where, fmt::format("'{}' is declared here", ref.name.text));
    return types_.poison();
  }
  if (!open_dont_cares(ref, *declaration, arguments)) {
    return types_.poison();
  }
  if (declaration->checked_type == nullptr) {
    error(ref.name.where, fmt::format("{} is not complete here: it would hold itself", noun_and_name(*declaration)));
    return types_.poison();
  }
  if (count == 0) {
    return declaration->checked_type;
  }
  const Type* const type = as_struct_like(declaration) != nullptr
                               ? types_.struct_like(*as_struct_like(declaration), arguments)
                               : types_.object(*declaration, arguments);
  if (type->is_poison()) {
    error(ref.where, fmt::format("types are nested more than {} deep here", types_depth_max));
  }
  return check_specialised_fields(type, ref.where) ? type : types_.poison();
}

// §7.2.12: what type arguments make of the fields obeys the same rules as fields that are written so.
bool Checker::check_specialised_fields(const Type* type, SourceRange where) {
  if (!type->is_struct_like()) {
    return true;
  }
  const std::vector<Field> fields = types_.fields(type);
  for (const Field& field : fields) {
    if (!field.type->is_poison() && !may_be_field(field.type, type->declaration->kind)) {
      error(where,
            fmt::format("{} '{}' cannot have a field of type '{}', as '{}' would be here", noun_of(*type->declaration),
                        type->declaration->name.text, to_text(field.type), field.name));
      return false;
    }
  }
  return true;
}

Declaration* Checker::resolve_constructed(TypeRef& ref, std::vector<const Type*>& given) {
  auto* const named = as<NamedTypeRef>(&ref);
  Declaration* declaration = named == nullptr ? nullptr : find_type(*named);
  if (named != nullptr && (declaration == nullptr || !resolve_arguments(*named, given))) {
    return nullptr;
  }
  if (declaration != nullptr && declaration->kind == DeclarationKind::Typedef && given.empty()) {
    const Type* const type = declaration->checked_type;
    if (type == nullptr || type->is_poison()) {
      return nullptr;
    }
    given = type->arguments;
    declaration = is_object(type) ? const_cast<Declaration*>(type->declaration) : declaration;
  }
  switch (declaration == nullptr ? DeclarationKind::Typedef : declaration->kind) {
    case DeclarationKind::Extern:
    case DeclarationKind::Parser:
    case DeclarationKind::Control:
    case DeclarationKind::Package: return declaration;
    default: break;
  }
  const std::string what = declaration == nullptr ? "a built-in type" : noun_and_name(*declaration);
  error(ref.where, fmt::format("{} has no constructor", what),
        "externs, parsers, controls and packages have; for a cast write (type)value");
  return nullptr;
}

const Type* Checker::resolve_stack(StackTypeRef& ref) {
  const Type* const element = resolve(*ref.element);
  const std::optional<uint32_t> size = require_count(*ref.size, "the size of a stack", 0, stack_elements_max);
  if (element->is_poison() || !size.has_value()) {
    return types_.poison();
  }
  // §7.2.9; a type that is a variable is looked at where it is known.
  const bool is_no_element = element->is(TypeKind::Error) || element->is(TypeKind::Tuple);
  if (!may_be_part(element) || is_no_element || extent(element).holds_constants || is_header_stack(element)) {
    error(ref.where, fmt::format("a stack or array cannot hold {}", to_text(element)));
    return types_.poison();
  }
  const Type* const type = types_.stack(element, *size);
  if (type->is_poison()) {
    error(ref.where, fmt::format("types are nested more than {} deep here", types_depth_max));
  }
  return type;
}

}  // namespace outrigger::p4
