// base.member and Type.member without a call (P4-16 §8.3, §8.16 to §8.19, §14.2.2): fields, members of stacks in
// parsers, what a table's apply() gives, members of enums and errors.
#include <array>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/member_names.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

struct BuiltIn {
  std::string_view name;
  MemberKind kind;
};
constexpr std::array built_ins = {
    BuiltIn{"setValid", MemberKind::SetValid},
    BuiltIn{"setInvalid", MemberKind::SetInvalid},
    BuiltIn{"isValid", MemberKind::IsValid},
    BuiltIn{"push_front", MemberKind::PushFront},
    BuiltIn{"pop_front", MemberKind::PopFront},
    BuiltIn{"minSizeInBits", MemberKind::MinSizeInBits},
    BuiltIn{"minSizeInBytes", MemberKind::MinSizeInBytes},
    BuiltIn{"maxSizeInBits", MemberKind::MaxSizeInBits},
    BuiltIn{"maxSizeInBytes", MemberKind::MaxSizeInBytes},
};

}  // namespace

std::optional<MemberKind> built_in_method(std::string_view name) noexcept {
  for (const BuiltIn& method : built_ins) {
    if (method.name == name) {
      return method.kind;
    }
  }
  return std::nullopt;
}

bool is_size(MemberKind kind) noexcept {
  return kind == MemberKind::MinSizeInBits || kind == MemberKind::MinSizeInBytes || kind == MemberKind::MaxSizeInBits ||
         kind == MemberKind::MaxSizeInBytes;
}

const Type* Checker::check_member(MemberExpression& expression) {
  const Type* const base = check(*expression.base);
  switch (base->kind) {
    case TypeKind::Poison: return settle_poison(expression);
    case TypeKind::Struct:
    case TypeKind::Header:
    case TypeKind::HeaderUnion:
    case TypeKind::StructValue: return check_field(expression);
    case TypeKind::Stack: return check_stack_member(expression);
    case TypeKind::ApplyResult: return check_apply_result_member(expression);
    default: return refuse_member(expression);
  }
}

const Type* Checker::check_field(MemberExpression& expression) {
  const Type* const base = expression.base->type;
  const Field* const field = types_.field(base, expression.member.text);
  if (field == nullptr) {
    return refuse_member(expression);
  }
  expression.member_kind = MemberKind::Field;
  expression.symbol = const_cast<StructField*>(field->declaration);
  if (field->declaration != nullptr) {
    warn_deprecated(*field->declaration, expression.member.where);
  }
  const Value::Composite* const whole =
      expression.base->value == nullptr ? nullptr : expression.base->value->composite();
  const auto index = static_cast<size_t>(field - types_.fields(base).data());
  const Value* const value = whole != nullptr && index < whole->parts.size() ? whole->parts[index] : nullptr;
  return settle(expression, field->type, expression.base->is_known, value);
}

// §8.18
const Type* Checker::check_stack_member(MemberExpression& expression) {
  const Type* const base = expression.base->type;
  const std::string& name = expression.member.text;
  if (name == "size") {
    expression.member_kind = MemberKind::Size;
    return settle(expression, types_.bit(32), true, values_.number(types_.bit(32), base->size));
  }
  const bool is_index = name == "lastIndex";
  if (!is_index && name != "next" && name != "last") {
    return refuse_member(expression);
  }
  expression.member_kind = is_index ? MemberKind::LastIndex : name == "next" ? MemberKind::Next : MemberKind::Last;
  if (site_ != Site::ParserState && site_ != Site::ParserLocal) {
    error(expression.member.where, fmt::format("'{}' of a stack can only be used in a parser", name),
          "write an index: stack[0] is the first element");
    return settle_poison(expression);
  }
  const Type* const element = base->arguments[0];
  if (!element->is(TypeKind::Header) && !element->is(TypeKind::HeaderUnion)) {
    error(expression.member.where, fmt::format("'{}' is for stacks of headers, and this is {}", name, to_text(base)));
    return settle_poison(expression);
  }
  return settle(expression, is_index ? types_.bit(32) : element);
}

// §14.2.2: t.apply().hit
const Type* Checker::check_apply_result_member(MemberExpression& expression) {
  const std::string& name = expression.member.text;
  const auto& table = to<TableDeclaration>(*expression.base->type->declaration);
  if (name == "hit" || name == "miss") {
    expression.member_kind = name == "hit" ? MemberKind::Hit : MemberKind::Miss;
    return settle(expression, types_.boolean());
  }
  if (name == "action_run") {
    expression.member_kind = MemberKind::ActionRun;
    return settle(expression, types_.action_list(table));
  }
  return refuse_member(expression);
}

const Type* Checker::refuse_member(MemberExpression& expression) {
  const Type* const base = expression.base->type;
  const std::string& name = expression.member.text;
  std::string remedy;
  if (built_in_method(name).has_value() || name == "apply") {
    remedy = fmt::format("'{}' is a method: write {}()", name, name);
  } else if (base->is_struct_like() || base->is(TypeKind::StructValue)) {
    std::vector<std::string_view> names;
    for (const Field& field : types_.fields(base)) {
      names.push_back(field.name);
    }
    remedy = did_you_mean(nearest_name(name, names));
    if (const std::string_view known = remedy_for_removed(base->declaration, name); !known.empty()) {
      remedy = known;
    }
  } else if (base->is(TypeKind::Stack)) {
    remedy = "a stack has size, next, last, lastIndex, push_front(n) and pop_front(n)";
  } else if (base->is(TypeKind::ApplyResult)) {
    remedy = "apply() of a table gives hit, miss and action_run";
  } else if (base->is(TypeKind::Table)) {
    remedy = fmt::format("write apply().{}", name == "hit" || name == "miss" ? name : "hit");
  } else if (base->is(TypeKind::Extern)) {
    remedy = "methods must be called";
  }
  error(expression.member.where, fmt::format("{} has no field '{}'", to_text(base), name), remedy);
  return settle_poison(expression);
}

// By name: an enum is long, and used often.
EnumMember* Checker::find_enum_member(const EnumDeclaration& enumeration, const std::string& name) {
  auto& members = enum_members_[&enumeration];
  if (members.empty()) {
    for (EnumMember* const member : enumeration.members) {
      members.emplace(member->name.text, member);
    }
  }
  const auto found = members.find(name);
  return found == members.end() ? nullptr : found->second;
}

// E.A, error.NoError (§8.3, §8.4)
const Type* Checker::check_type_member(TypeMemberExpression& expression) {
  const Type* const type = resolve(*expression.of);
  const std::string& name = expression.member.text;
  if (type->is_poison()) {
    return settle_poison(expression);
  }
  std::vector<std::string_view> names;
  if (type->is(TypeKind::Error)) {
    if (const auto found = errors_.find(name); found != errors_.end()) {
      expression.symbol = found->second;
      return settle(expression, type, true, values_.error(type, *found->second));
    }
    for (const auto& [known, member] : errors_) {
      names.push_back(known);
    }
  } else if (type->is(TypeKind::Enum)) {
    const auto& enumeration = to<EnumDeclaration>(*type->declaration);
    if (EnumMember* const member = find_enum_member(enumeration, name)) {
      expression.symbol = member;
      warn_deprecated(*member, expression.member.where);
      if (!type->is_serializable_enum()) {
        return settle(expression, type, true, values_.member(type, *member));
      }
      const Integer* const number = member->value == nullptr ? nullptr : member->value->number();
      return settle(expression, type, true, number == nullptr ? nullptr : values_.number(type, *number));
    }
    for (const EnumMember* const member : enumeration.members) {
      names.push_back(member->name.text);
    }
  }
  const bool is_method = built_in_method(name).has_value() || name == "apply";
  error(expression.member.where, fmt::format("type {} has no member '{}'", to_text(type), name),
        is_method ? fmt::format("'{}' is a method: write {}()", name, name)
                  : did_you_mean(nearest_name(name, names),
                                 type->is(TypeKind::Error) ? fmt::format("declare it: error {{ {} }}", name) : ""));
  return settle_poison(expression);
}

}  // namespace outrigger::p4
