// Expressions (P4-16 §8): literals, lists, structs and ?:, and what all kinds have in common.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"

namespace outrigger::p4 {

const Type* Checker::settle(Expression& expression, const Type* type, bool is_known, const Value* value) {
  expression.type = type;
  expression.converted = type;
  expression.is_known = is_known || value != nullptr;
  expression.value = type->is_poison() ? nullptr : value;
  return type;
}

const Type* Checker::settle(Expression& expression, const Type* type, bool is_known, const Folded& folded) {
  if (folded.value == nullptr && !folded.error.empty()) {
    error(expression.where, folded.error);
    return settle_poison(expression);
  }
  return settle(expression, type, is_known, folded.value);
}

const Value* Checker::converted_value(const Expression& expression) {
  if (expression.value == nullptr || expression.converted->is_poison()) {
    return nullptr;
  }
  if (expression.value->type == expression.converted) {
    return expression.value;
  }
  return fold_cast(values_, types_, *expression.value, expression.converted, &program_).value;
}

const Type* Checker::lower_enum(Expression& expression) {
  if (expression.converted->is_serializable_enum()) {
    expression.converted = expression.converted->arguments[0];
  }
  return expression.converted;
}

const Type* Checker::check(Expression& expression, const Type* expected) {
  if (expression.type == nullptr) {
    check_by_kind(expression, expected);
  }
  return expression.type;
}

const Type* Checker::check_by_kind(Expression& expression, const Type* expected) {
  switch (expression.kind) {
    case ExpressionKind::Number: return check_number(to<NumberExpression>(expression));
    case ExpressionKind::Bool: {
      const Type* const type = types_.boolean();
      return settle(expression, type, true, values_.boolean(type, to<BoolExpression>(expression).is_true));
    }
    case ExpressionKind::String: {
      const Type* const type = types_.string();
      return settle(expression, type, true, values_.text(type, to<StringExpression>(expression).text));
    }
    case ExpressionKind::Name: return check_name(to<NameExpression>(expression));
    case ExpressionKind::This: return check_this(to<ThisExpression>(expression));
    case ExpressionKind::Member: return check_member(to<MemberExpression>(expression));
    case ExpressionKind::TypeMember: return check_type_member(to<TypeMemberExpression>(expression));
    case ExpressionKind::Index: return check_index(to<IndexExpression>(expression));
    case ExpressionKind::Slice: return check_slice(to<SliceExpression>(expression));
    case ExpressionKind::Unary: return check_unary(to<UnaryExpression>(expression));
    case ExpressionKind::Binary: return check_binary(to<BinaryExpression>(expression));
    case ExpressionKind::Conditional: return check_conditional(to<ConditionalExpression>(expression), expected);
    case ExpressionKind::Cast: return check_cast(to<CastExpression>(expression));
    case ExpressionKind::Call: return check_call(to<CallExpression>(expression));
    case ExpressionKind::Construct: {
      auto& construct = to<ConstructExpression>(expression);
      return settle(construct, check_construct(construct), true);
    }
    case ExpressionKind::List: return check_list(to<ListExpression>(expression), expected);
    case ExpressionKind::Struct: return check_struct(to<StructExpression>(expression), expected);
    case ExpressionKind::InvalidHeader: {
      const Type* const type = types_.invalid_header();
      return settle(expression, type, true, values_.composite(type, {}, false));
    }
    case ExpressionKind::Default: {
      const Type* const type = types_.default_value();
      return settle(expression, type, true, values_.composite(type, {}));
    }
    case ExpressionKind::DontCare:
      error(expression.where, "'_' is not a value", "it may stand for an out argument, a keyset or a type argument");
      return settle_poison(expression);
  }
  return settle_poison(expression);
}

bool Checker::check_as(Expression& expression, const Type* wanted, std::string_view what) {
  check(expression, wanted);
  return convert(expression, wanted, what);
}

// §6.4.3.2: a literal that its width does not hold loses its upper bits.
const Type* Checker::check_number(NumberExpression& expression) {
  if (!expression.width.has_value()) {
    return settle(expression, types_.integer(), true, values_.number(types_.integer(), expression.number));
  }
  const uint32_t width = *expression.width;
  if (width > width_bits_max) {
    error(expression.where,
          fmt::format("a width of {} bits is more than the {} that there may be", width, width_bits_max));
    return settle_poison(expression);
  }
  const Type* const type = expression.is_signed ? types_.signed_int(width) : types_.bit(width);
  if (wrap(expression.number, width, expression.is_signed) != expression.number) {
    warning("overflow", expression.where, fmt::format("the number does not fit {} and is cut", to_text(type)),
            "give it more bits, or write the number that is meant");
  }
  return settle(expression, type, true, values_.number(type, expression.number));
}

namespace {

// The type that the part at `index` of a list is to have, when the whole is to be `expected`; null: not known.
const Type* expected_part(TypeTable& types, const Type* expected, size_t index) {
  if (expected == nullptr) {
    return nullptr;
  }
  if (expected->is_struct_like()) {
    const std::vector<Field>& fields = types.fields(expected);
    return index < fields.size() ? fields[index].type : nullptr;
  }
  if (expected->is(TypeKind::Stack) || expected->is(TypeKind::List)) {
    return expected->arguments[0];
  }
  return expected->is(TypeKind::Tuple) && index < expected->arguments.size() ? expected->arguments[index] : nullptr;
}

}  // namespace

const Type* Checker::check_list(ListExpression& expression, const Type* expected) {
  std::vector<const Type*> elements;
  std::vector<const Value*> values;
  bool is_known = true;
  for (size_t i = 0; i < expression.elements.size(); ++i) {
    Expression& element = *expression.elements[i];
    elements.push_back(check(element, expected_part(types_, expected, i)));
    if (!is_value(element.type) && !element.type->is_poison()) {
      error(element.where, fmt::format("an element of a list cannot be of type {}", to_text(element.type)));
      elements.back() = types_.poison();
    }
    is_known &= element.is_known;
    if (const Value* const value = converted_value(element)) {
      values.push_back(value);
    }
  }
  const Type* const type = types_.tuple(std::move(elements), expression.has_rest);
  const bool has_value = values.size() == expression.elements.size() && !type->is_poison();
  return settle(expression, type, is_known, has_value ? values_.composite(type, std::move(values)) : nullptr);
}

const Type* Checker::check_struct(StructExpression& expression, const Type* expected) {
  std::vector<std::string> names;
  std::vector<const Type*> parts;
  std::vector<const Value*> values;
  std::unordered_map<std::string_view, SourceRange> seen;
  bool is_known = true;
  bool is_good = true;
  for (NamedField& named : expression.fields) {
    if (const auto [before, is_new] = seen.emplace(named.name.text, named.name.where); !is_new) {
      error(named.name.where, fmt::format("field '{}' is given twice", named.name.text), "leave one of them out")
          .note(before->second, "it is given here first");
      is_good = false;
    }
    const bool has_fields = expected != nullptr && (expected->is_struct_like() || expected->is(TypeKind::StructValue));
    const Field* const field = has_fields ? types_.field(expected, named.name.text) : nullptr;
    const Type* const type = check(*named.value, field == nullptr ? nullptr : field->type);
    if (!is_value(type) && !type->is_poison()) {
      error(named.value->where, fmt::format("field '{}' cannot be of type {}", named.name.text, to_text(type)));
      is_good = false;
    }
    names.push_back(named.name.text);
    parts.push_back(type);
    is_known &= named.value->is_known;
    if (const Value* const value = converted_value(*named.value)) {
      values.push_back(value);
    }
  }
  if (!is_good) {
    return settle_poison(expression);
  }
  const Type* const type = types_.struct_value(std::move(names), std::move(parts), expression.has_rest);
  const bool has_value = values.size() == expression.fields.size() && !type->is_poison();
  return settle(expression, type, is_known, has_value ? values_.composite(type, std::move(values)) : nullptr);
}

// §8.5.1
const Type* Checker::check_conditional(ConditionalExpression& expression, const Type* expected) {
  const bool has_condition = check_as(*expression.condition, types_.boolean(), "the condition of '?:'");
  Expression& if_true = *expression.if_true;
  Expression& if_false = *expression.if_false;
  check(if_true, expected);
  check(if_false, expected);
  if (!has_condition || if_true.type->is_poison() || if_false.type->is_poison()) {
    return settle_poison(expression);
  }
  const Type* type = expected;
  if (is_literal(if_true) && is_literal(if_false) && expected != nullptr && is_value(expected)) {
    if (!convert(if_true, expected, "a branch of '?:'") || !convert(if_false, expected, "a branch of '?:'")) {
      return settle_poison(expression);
    }
  } else {
    type = unify_operands(if_true, if_false, expression.where, "the branches of '?:'");
  }
  if (type == nullptr || type->is_poison()) {
    return settle_poison(expression);
  }
  if (!is_value(type)) {
    error(expression.where, fmt::format("the branches of '?:' cannot be of type {}", to_text(type)));
    return settle_poison(expression);
  }
  const bool is_known = expression.condition->is_known && if_true.is_known && if_false.is_known;
  if (type->is(TypeKind::Int) && !expression.condition->is_known) {
    error(expression.where, "the branches of '?:' are both of type int, so that its width is not known",
          fmt::format("give one of them a width, as 32w{}", short_text(if_true, "1")));
    return settle_poison(expression);
  }
  const Value* const condition = converted_value(*expression.condition);
  if (condition == nullptr || condition->boolean() == nullptr) {
    return settle(expression, type, is_known);
  }
  const Expression& chosen = *condition->boolean() ? if_true : if_false;
  return settle(expression, type, chosen.is_known, converted_value(chosen));
}

const Value* Checker::require_constant(Expression& expression, std::string_view what) {
  const Type* const type = check(expression);
  if (type->is_poison()) {
    return nullptr;
  }
  if (!lower_enum(expression)->is_integer()) {
    error(expression.where, fmt::format("{} is a number, and this is of type {}", what, to_text(type)));
    return nullptr;
  }
  const Value* const value = converted_value(expression);
  if (value == nullptr || value->number() == nullptr) {
    const bool is_late = expression.is_known;
    error(expression.where, fmt::format("{} must be known at compile time", what),
          is_late ? "use a constant: parameters of constructors are not known yet when types are made"
                  : "write a number, or the name of a constant");
    return nullptr;
  }
  return value;
}

std::optional<uint32_t> Checker::require_count(Expression& expression, std::string_view what, uint32_t least,
                                               uint32_t most) {
  const Value* const value = require_constant(expression, what);
  if (value == nullptr) {
    return std::nullopt;
  }
  const Integer& number = *value->number();
  if (cmp(number, least) < 0 || cmp(number, most) > 0) {
    const std::string shown = mpz_sizeinbase(number.get_mpz_t(), 2) > 128 ? "far more" : number.get_str();
    error(expression.where, fmt::format("{} is {}, and must be from {} to {}", what, shown, least, most));
    return std::nullopt;
  }
  return static_cast<uint32_t>(number.get_ui());
}

}  // namespace outrigger::p4
