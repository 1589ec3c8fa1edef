// The default value of each type (P4-16 §7.3): what `...` stands for.
#include <unordered_map>

#include "p4/folding.h"

namespace outrigger::p4 {

namespace {

// One default. Values are immutable, so that each type's is made once and shared.
class Defaulting {
 public:
  Defaulting(ValueTable& values, TypeTable& types, const Program& program)
      : values_(values), types_(types), program_(program) {}

  Folded of(const Type* type, uint32_t depth = 0) {
    if (const auto known = known_.find(type); known != known_.end()) {
      return folded(known->second);
    }
    if (depth > depth_max) {
      return fold_failed("the type holds too many others inside one another");
    }
    Folded made = make(type, depth + 1);
    if (made.value != nullptr) {
      known_[type] = made.value;
    }
    return made;
  }

 private:
  static constexpr uint32_t depth_max = 4 * types_depth_max;

  Folded make(const Type* type, uint32_t depth) {
    const Type* const below = underlying(type);
    switch (below->kind) {
      case TypeKind::Int:
      case TypeKind::Bit:
      case TypeKind::SignedInt:
      case TypeKind::Varbit: return folded(values_.number(type, 0));
      case TypeKind::Bool: return folded(values_.boolean(type, false));
      case TypeKind::String: return folded(values_.text(type, {}));
      case TypeKind::Error:
        return program_.errors.empty() ? fold_failed("the program has no error 'NoError'; include core.p4")
                                       : folded(values_.error(type, *program_.errors[0]));
      case TypeKind::Enum: {
        const auto& members = static_cast<const EnumDeclaration*>(below->declaration)->members;
        return members.empty() ? none(type) : folded(values_.member(type, *members[0]));
      }
      case TypeKind::Struct:
      case TypeKind::Header:
      case TypeKind::HeaderUnion:
      case TypeKind::StructValue: return fields(type, depth);
      case TypeKind::Tuple: return elements(type, depth);
      case TypeKind::Stack: return stack(type, depth);
      case TypeKind::List: return folded(values_.composite(type, {}));
      default: return none(type);
    }
  }

  static Folded none(const Type* type) { return fold_failed(fmt::format("{} has no default value", to_text(type))); }

  Folded made(const Type* type, std::vector<const Value*> parts, bool is_valid) {
    if (!values_.spend(8 * parts.size())) {
      return out_of_budget();
    }
    const Value* const value = values_.composite(type, std::move(parts), is_valid);
    return value->parts_total > value_parts_max
               ? fold_failed(fmt::format("the value has more than {} parts", value_parts_max))
               : folded(value);
  }

  // A header is not valid then, nor is any of a union's.
  Folded fields(const Type* type, uint32_t depth) {
    std::vector<const Value*> parts;
    for (const Field& field : types_.fields(type)) {
      Folded part = of(field.type, depth);
      if (part.value == nullptr) {
        return part;
      }
      parts.push_back(part.value);
    }
    return made(type, std::move(parts), !type->is(TypeKind::Header));
  }

  Folded elements(const Type* type, uint32_t depth) {
    std::vector<const Value*> parts;
    for (const Type* element : type->arguments) {
      Folded part = of(element, depth);
      if (part.value == nullptr) {
        return part;
      }
      parts.push_back(part.value);
    }
    return made(type, std::move(parts), true);
  }

  Folded stack(const Type* type, uint32_t depth) {
    const Folded element = of(type->arguments[0], depth);
    if (element.value == nullptr) {
      return element;
    }
    if (type->size > value_parts_max) {
      return fold_failed(fmt::format("the value has more than {} parts", value_parts_max));
    }
    return made(type, std::vector<const Value*>(type->size, element.value), true);
  }

  ValueTable& values_;
  TypeTable& types_;
  const Program& program_;
  std::unordered_map<const Type*, const Value*> known_;
};

}  // namespace

Folded default_value(ValueTable& values, TypeTable& types, const Type* type, const Program& program) {
  return Defaulting(values, types, program).of(type);
}

}  // namespace outrigger::p4
