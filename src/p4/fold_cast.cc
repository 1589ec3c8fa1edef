// Casts of values (P4-16 §8.12), of lists and structs part by part.
#include <algorithm>

#include "p4/folding.h"

namespace outrigger::p4 {

namespace {

// One cast with all that it needs.
class Casting {
 public:
  Casting(ValueTable& values, TypeTable& types, const Program* program)
      : values_(values), types_(types), program_(program) {}

  Folded cast(const Value& value, const Type* to) {
    if (value.type == to || to->is_poison() || to->is(TypeKind::Variable)) {
      return folded(&value);
    }
    if (value.type->is(TypeKind::Default)) {
      return defaulted(to);
    }
    if (value.composite() == nullptr) {
      return cast_scalar(value, to);
    }
    switch (to->kind) {
      case TypeKind::Struct:
      case TypeKind::Header:
      case TypeKind::HeaderUnion: return cast_to_struct(value, to);
      case TypeKind::Stack: return cast_to_stack(value, to);
      case TypeKind::Tuple: return cast_to_tuple(value, to);
      case TypeKind::List: return cast_elements(value, to, to->arguments[0]);
      case TypeKind::Set: return folded(values_.retyped(value, to));
      case TypeKind::StructValue: return cast_to_struct(value, to);
      default: return refused(value, to);
    }
  }

 private:
  static Folded refused(const Value& value, const Type* to) {
    return fold_failed(
        fmt::format("a value of type {} cannot become one of type {}", to_text(value.type), to_text(to)));
  }

  Folded defaulted(const Type* to) {
    static const Program none;
    return default_value(values_, types_, to, program_ == nullptr ? none : *program_);
  }

  Folded cast_scalar(const Value& value, const Type* to) {
    const Type* const below = underlying(to);
    if (to->is(TypeKind::Set)) {
      return cast(value, to->arguments[0]);
    }
    if (below->is(TypeKind::Bool)) {
      return cast_to_bool(value, to);
    }
    if (below->is_integer()) {
      if (const bool* const is_true = value.boolean()) {
        return folded(values_.number(to, *is_true ? 1 : 0));
      }
      if (value.number() == nullptr) {
        return refused(value, to);
      }
      if (!values_.spend(bits_of(*value.number()) / 8 + below->width / 8)) {
        return out_of_budget();
      }
      return folded_number(values_, to, *value.number());
    }
    if (underlying(value.type)->kind != below->kind) {
      return refused(value, to);
    }
    return folded(values_.retyped(value, to));
  }

  Folded cast_to_bool(const Value& value, const Type* to) {
    if (value.boolean() != nullptr) {
      return folded(values_.retyped(value, to));
    }
    if (value.number() == nullptr) {
      return refused(value, to);
    }
    if (sgn(*value.number()) != 0 && *value.number() != 1) {
      return fold_failed(fmt::format("only 0 and 1 can become bool, not {}", to_text(value)));
    }
    return folded(values_.boolean(to, sgn(*value.number()) != 0));
  }

  Folded made(const Type* to, std::vector<const Value*> parts, bool is_valid = true) {
    const Value* const value = values_.composite(to, std::move(parts), is_valid);
    return value->parts_total > value_parts_max
               ? fold_failed(fmt::format("the value has more than {} parts", value_parts_max))
               : folded(value);
  }

  // Each part by its name, or by its place where the value has no names; what is not given is the default where the
  // value ended in `...`.
  Folded cast_to_struct(const Value& value, const Type* to) {
    if (value.type->is(TypeKind::InvalidHeader)) {
      return invalid(value, to);
    }
    const Value::Composite& from = *value.composite();
    if (value.type->is_struct_like() && value.type->declaration == to->declaration) {
      return folded(values_.retyped(value, to));
    }
    const bool is_named = value.type->is(TypeKind::StructValue) || value.type->is_struct_like();
    const std::vector<Field>& fields = types_.fields(to);
    if (!values_.spend(8 * fields.size())) {
      return out_of_budget();
    }
    if (from.parts.size() > fields.size()) {
      return fold_failed(
          fmt::format("{} has {} fields, and here are {} values", to_text(to), fields.size(), from.parts.size()));
    }
    std::vector<const Value*> parts;
    for (size_t i = 0; i < fields.size(); ++i) {
      const Value* const part = is_named                ? named_part(value, fields[i].name)
                                : i < from.parts.size() ? from.parts[i]
                                                        : nullptr;
      if (part == nullptr && !value.type->has_rest) {
        return fold_failed(fmt::format("there is no value for field '{}' of {}", fields[i].name, to_text(to)));
      }
      Folded cast_part = part == nullptr ? defaulted(fields[i].type) : cast(*part, fields[i].type);
      if (cast_part.value == nullptr) {
        return cast_part;
      }
      parts.push_back(cast_part.value);
    }
    return made(to, std::move(parts), from.is_valid);
  }

  const Value* named_part(const Value& value, const std::string& name) {
    const std::vector<Field>& fields = types_.fields(value.type);
    const Field* const field = types_.field(value.type, name);
    const size_t index = field == nullptr ? fields.size() : static_cast<size_t>(field - fields.data());
    return index < value.composite()->parts.size() ? value.composite()->parts[index] : nullptr;
  }

  Folded invalid(const Value& value, const Type* to) {
    if (!to->is(TypeKind::Header) && !to->is(TypeKind::HeaderUnion)) {
      return refused(value, to);
    }
    return defaulted(to);  // §7.3: the default of both is not valid
  }

  Folded cast_to_stack(const Value& value, const Type* to) {
    const size_t given = value.composite()->parts.size();
    if (given > to->size || (given < to->size && !value.type->has_rest)) {
      return fold_failed(fmt::format("{} has {} elements, and here are {} values", to_text(to), to->size, given));
    }
    return cast_elements(value, to, to->arguments[0], to->size);
  }

  Folded cast_elements(const Value& value, const Type* to, const Type* element, size_t least = 0) {
    const std::vector<const Value*>& given = value.composite()->parts;
    if (!value.type->is(TypeKind::Tuple) && value.type->kind != to->kind) {
      return refused(value, to);
    }
    if (!values_.spend(8 * std::max(least, given.size()))) {
      return out_of_budget();
    }
    std::vector<const Value*> parts;
    for (const Value* part : given) {
      Folded cast_part = cast(*part, element);
      if (cast_part.value == nullptr) {
        return cast_part;
      }
      parts.push_back(cast_part.value);
    }
    if (parts.size() < least) {
      const Folded rest = defaulted(element);
      if (rest.value == nullptr) {
        return rest;
      }
      parts.resize(least, rest.value);
    }
    return made(to, std::move(parts));
  }

  Folded cast_to_tuple(const Value& value, const Type* to) {
    const std::vector<const Value*>& given = value.composite()->parts;
    const size_t wanted = to->arguments.size();
    if (!value.type->is(TypeKind::Tuple)) {
      return refused(value, to);
    }
    if (given.size() > wanted || (given.size() < wanted && !value.type->has_rest)) {
      return fold_failed(fmt::format("{} has {} elements, and here are {} values", to_text(to), wanted, given.size()));
    }
    if (!values_.spend(8 * wanted)) {
      return out_of_budget();
    }
    std::vector<const Value*> parts;
    for (size_t i = 0; i < wanted; ++i) {
      const Type* const element = to->arguments[i];
      Folded cast_part = i < given.size() ? cast(*given[i], element) : defaulted(element);
      if (cast_part.value == nullptr) {
        return cast_part;
      }
      parts.push_back(cast_part.value);
    }
    return made(to, std::move(parts));
  }

  ValueTable& values_;
  TypeTable& types_;
  const Program* program_;
};

}  // namespace

Folded fold_cast(ValueTable& values, TypeTable& types, const Value& value, const Type* to, const Program* program) {
  // A value may hold others many times over by sharing; a cast goes through each of them.
  if (value.parts_total > value_parts_max || !values.spend(8 * size_t{value.parts_total})) {
    return out_of_budget();
  }
  return Casting(values, types, program).cast(value, to);
}

}  // namespace outrigger::p4
