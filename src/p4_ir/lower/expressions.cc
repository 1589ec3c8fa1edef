// Expressions: what each is worth, in pure expressions over variables; calls inside have become statements before.
#include <algorithm>
#include "p4/ast/walk.h"

#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {

Operand Lowerer::lower(const p4::Expression& expression) {
  Operand operand = lower_raw(expression);
  return expression.converted == nullptr ? operand : convert(std::move(operand), type_of(expression.converted));
}

const Expression* Lowerer::lower_scalar(const p4::Expression& expression) {
  const Operand operand = lower(expression);
  if (operand.scalar != nullptr) {
    return operand.scalar;
  }
  if (operand.value != nullptr && operand.value->number() != nullptr) {  // an int where any width will do
    const p4::Integer& number = *operand.value->number();
    const auto bits = static_cast<uint32_t>(mpz_sizeinbase(number.get_mpz_t(), 2)) + (number < 0 ? 1 : 0);
    return program_.expression<Constant>(Bits::from_integer(std::max(bits, 32U), number));
  }
  if (!is_over() && !has_no_bits(operand.type)) {
    refuse(expression.where,
           "this expression cannot be used here: it is not a single number, truth value, enum or error");
  }
  return constant(1, 0);
}

Operand Lowerer::lower_raw(const p4::Expression& expression) {
  if (is_over()) {
    return Operand{.type = expression.type, .scalar = constant(1, 0)};
  }
  if (expression.value != nullptr && !expression.type->is(p4::TypeKind::InvalidHeader)) {
    return operand_of(*expression.value);
  }
  switch (expression.kind) {
    case p4::ExpressionKind::Name: {
      const auto& name = p4::to<p4::NameExpression>(expression);
      if (name.symbol != nullptr) {
        if (const Place* place = place_of(*name.symbol)) {
          return read(*place);
        }
      }
      break;
    }
    case p4::ExpressionKind::Member: return lower_member(p4::to<p4::MemberExpression>(expression));
    case p4::ExpressionKind::Index: return lower_index(p4::to<p4::IndexExpression>(expression));
    case p4::ExpressionKind::Slice: return lower_slice(p4::to<p4::SliceExpression>(expression));
    case p4::ExpressionKind::Unary: return lower_unary(p4::to<p4::UnaryExpression>(expression));
    case p4::ExpressionKind::Binary: return lower_binary(p4::to<p4::BinaryExpression>(expression));
    case p4::ExpressionKind::Conditional: return lower_choice(p4::to<p4::ConditionalExpression>(expression));
    case p4::ExpressionKind::Cast: {
      const auto& cast = p4::to<p4::CastExpression>(expression);
      return convert(lower(*cast.operand), type_of(expression.type));
    }
    case p4::ExpressionKind::Call: return lower_call(p4::to<p4::CallExpression>(expression));
    case p4::ExpressionKind::List:
    case p4::ExpressionKind::Struct: return lower_parts(expression);
    case p4::ExpressionKind::InvalidHeader:
    case p4::ExpressionKind::Default: return Operand{.type = expression.type};
    case p4::ExpressionKind::DontCare: return Operand{.type = expression.type};
    default: break;
  }
  const p4::Evaluated known = tree_.evaluate(frame_ == nullptr ? nullptr : frame_->instance, expression);
  if (known.value != nullptr) {
    return operand_of(*known.value);
  }
  if (known.instance != nullptr) {
    return Operand{.type = expression.type, .instance = known.instance};
  }
  if (p4::Instance* instance = instance_of(expression)) {
    return Operand{.type = expression.type, .instance = instance};
  }
  return Operand{.type = type_of(expression.type)};
}

// §8.28: what `...` at the end of a list stands for.
void Lowerer::add_defaults(Operand& list, const p4::Type& plain) {
  if (plain.is_struct_like()) {
    const auto& fields = compilation_.types.fields(&plain);
    for (size_t i = list.parts.size(); i < fields.size(); ++i) {
      list.parts.push_back(default_operand(fields[i].type));
    }
  } else if (plain.is(p4::TypeKind::Tuple)) {
    for (size_t i = list.parts.size(); i < plain.arguments.size(); ++i) {
      list.parts.push_back(default_operand(plain.arguments[i]));
    }
  } else if (plain.is(p4::TypeKind::Stack)) {
    while (list.parts.size() < plain.size && !is_over()) {
      list.parts.push_back(default_operand(plain.arguments[0]));
    }
  }
}

// A list or a struct expression: its parts are evaluated in the order they are written, and stand in that of the type.
Operand Lowerer::lower_parts(const p4::Expression& expression) {
  std::vector<const p4::Expression*> parts;
  std::vector<std::string_view> names;
  if (const auto* list = p4::as<p4::ListExpression>(&expression)) {
    parts.assign(list->elements.begin(), list->elements.end());
  } else {
    for (const p4::NamedField& field : p4::to<p4::StructExpression>(expression).fields) {
      parts.push_back(field.value);
      names.push_back(field.name.text);
    }
  }
  Operand made{.type = type_of(expression.type), .parts = lower_in_order(parts)};
  const p4::Type* plain = made.type == nullptr ? nullptr : p4::underlying(made.type);
  if (plain != nullptr && plain->is(p4::TypeKind::Header)) {
    made.valid = constant(1, 1);  // §8.17: a header that is given as a list is valid
  }
  if (plain == nullptr) {
    return made;
  }
  if (!plain->is_struct_like() || names.empty()) {
    add_defaults(made, *plain);
    return made;
  }
  std::vector<Operand> written = std::exchange(made.parts, {});
  for (const p4::Field& field : compilation_.types.fields(plain)) {
    const auto found = std::find(names.begin(), names.end(), field.name);
    made.parts.push_back(found == names.end() ? default_operand(field.type)
                                              : std::move(written[static_cast<size_t>(found - names.begin())]));
  }
  return made;
}

// A call that can change anything. What only asks (isValid, sizes, lookahead) does not count.
bool Lowerer::has_effects(const p4::Expression& expression) {
  if (const auto found = effects_.find(&expression); found != effects_.end()) {
    return found->second;
  }
  bool found = false;
  p4::Visitor visitor;
  visitor.expression = [&](const p4::Expression& inner) {
    if (const auto* call = p4::as<p4::CallExpression>(&inner)) {
      const auto* callee = p4::as<p4::MemberExpression>(call->callee);
      const bool asks =
          call->call_kind == p4::CallKind::BuiltIn && callee != nullptr &&
          callee->member_kind != p4::MemberKind::SetValid && callee->member_kind != p4::MemberKind::SetInvalid &&
          callee->member_kind != p4::MemberKind::PushFront && callee->member_kind != p4::MemberKind::PopFront;
      found = found || !asks;
    }
    return !found;
  };
  walk(visitor, &expression);
  effects_[&expression] = found;
  return found;
}

std::vector<Operand> Lowerer::lower_in_order(std::span<const p4::Expression* const> expressions) {
  size_t last_with_effects = 0;
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (has_effects(*expressions[i])) {
      last_with_effects = i;
    }
  }
  std::vector<Operand> operands;
  for (size_t i = 0; i < expressions.size(); ++i) {
    Operand operand = lower(*expressions[i]);
    operands.push_back(i < last_with_effects ? spill(std::move(operand)) : std::move(operand));
  }
  return operands;
}

Operand Lowerer::lower_member(const p4::MemberExpression& expression) {
  switch (expression.member_kind) {
    case p4::MemberKind::Hit:
    case p4::MemberKind::Miss: {
      VariableId hit = temporary(1, "hit");
      lower_table_apply(p4::to<p4::CallExpression>(*expression.base), &hit, nullptr);
      const Expression* value = read_variable(hit);
      return Operand{.type = expression.type,
                     .scalar = expression.member_kind == p4::MemberKind::Hit ? value : not_of(value)};
    }
    case p4::MemberKind::ActionRun: {
      VariableId run = temporary(Table::action_run_width, "action_run");
      lower_table_apply(p4::to<p4::CallExpression>(*expression.base), nullptr, &run);
      return Operand{.type = expression.type, .scalar = read_variable(run)};
    }
    case p4::MemberKind::Next:
    case p4::MemberKind::Last: return read(lower_l_value(expression));
    case p4::MemberKind::LastIndex: {
      const Operand stack = lower(*expression.base);
      if (stack.next == nullptr) {
        break;
      }
      return Operand{.type = expression.type,
                     .scalar = program_.expression<Binary>(BinaryOp::Subtract, stack.next,
                                                           constant(Program::stack_index_width, 1))};
    }
    case p4::MemberKind::Field: {
      if (is_path(expression)) {  // reads what is asked for, not all that is around it
        return read(lower_l_value(expression));
      }
      const Operand base = lower(*expression.base);
      if (base.type == nullptr) {
        break;
      }
      const auto& fields = compilation_.types.fields(p4::underlying(base.type));
      for (size_t i = 0; i < fields.size() && i < base.parts.size(); ++i) {
        if (fields[i].name == expression.member.text) {
          return base.parts[i];
        }
      }
      break;
    }
    default: {
      const p4::Evaluated known = tree_.evaluate(frame_->instance, expression);
      if (known.value != nullptr) {
        return operand_of(*known.value);
      }
    }
  }
  return Operand{.type = type_of(expression.type)};
}

Operand Lowerer::lower_index(const p4::IndexExpression& expression) {
  if (is_path(expression)) {
    return read(lower_l_value(expression));
  }
  const p4::Expression* const parts[] = {expression.base, expression.index};
  std::vector<Operand> operands = lower_in_order(parts);
  Operand& base = operands[0];
  const Operand& index = operands[1];
  if (index.value != nullptr && index.value->number() != nullptr) {
    const p4::Integer& known = *index.value->number();
    return known >= 0 && known < base.parts.size() ? base.parts[known.get_ui()] : default_operand(expression.type);
  }
  if (index.scalar == nullptr || base.parts.empty()) {
    return default_operand(expression.type);
  }
  // What is no variable becomes one, of which the index then chooses.
  Place* whole = allocate(base.type, fresh_name("$indexed"));
  assign(*whole, base);
  return read(element_of(l_value_of(*whole), index.scalar));
}

Operand Lowerer::lower_slice(const p4::SliceExpression& expression) {
  if (has_no_bits(type_of(expression.type))) {
    (void)lower(*expression.base);  // for what it does
    return default_operand(expression.type);
  }
  const p4::Evaluated first = tree_.evaluate(frame_->instance, *expression.high);
  if (expression.is_plus && first.value == nullptr) {
    return lower_moving_slice(expression);
  }
  const Operand base = lower(*expression.base);
  const p4::Evaluated second = tree_.evaluate(frame_->instance, *expression.low);
  if (base.scalar == nullptr || first.value == nullptr || second.value == nullptr || first.value->number() == nullptr ||
      second.value->number() == nullptr) {
    return Operand{.type = type_of(expression.type), .scalar = constant(1, 0)};
  }
  const auto a = static_cast<uint32_t>(first.value->number()->get_ui());
  const auto b = static_cast<uint32_t>(second.value->number()->get_ui());
  const uint32_t high = expression.is_plus ? a + b - 1 : a;
  const uint32_t low = expression.is_plus ? a : b;
  if (high >= base.scalar->width || low > high) {
    refuse(expression.where, "the slice lies outside of what it is taken from");
    return Operand{.type = type_of(expression.type), .scalar = constant(1, 0)};
  }
  return Operand{.type = type_of(expression.type), .scalar = program_.expression<Slice>(base.scalar, high, low)};
}

// §8.7: x[low +: width] is (x >> low)[width - 1 : 0]; bits beyond those of x, which are undefined, are zero.
Operand Lowerer::lower_moving_slice(const p4::SliceExpression& expression) {
  const p4::Expression* const parts[] = {expression.base, expression.high};
  const std::vector<Operand> operands = lower_in_order(parts);
  const Expression* const whole = operands[0].scalar;
  if (whole == nullptr) {
    refuse(expression.where, "the width of what the slice is taken from is not known");
    return default_operand(expression.type);
  }
  const Expression* const low = operands[1].scalar == nullptr ? constant(1, 0) : operands[1].scalar;
  const uint32_t width = width_of(expression.type);
  const Expression* const moved = program_.expression<Binary>(BinaryOp::ShiftRight, whole, low);
  return Operand{.type = type_of(expression.type), .scalar = program_.expression<Slice>(moved, width - 1, 0U)};
}

// condition ? a : b, where only the side that is chosen may have its effects.
Operand Lowerer::lower_choice(const p4::ConditionalExpression& expression) {
  const Expression* condition = lower_scalar(*expression.condition);
  const p4::Type* type = type_of(expression.type);
  if (!is_scalar(type) && as<Constant>(condition) == nullptr && as<Read>(condition) == nullptr) {
    // Once for all fields: a condition that is itself about such a choice would be written for each, and so on.
    const VariableId once = temporary(1, "condition");
    set(once, condition);
    condition = read_variable(once);
  }
  if (!has_effects(*expression.if_true) && !has_effects(*expression.if_false)) {
    const Operand if_true = convert(lower(*expression.if_true), type);
    const Operand if_false = convert(lower(*expression.if_false), type);
    return choose(condition, if_true, if_false);
  }
  Place* result = allocate(type, fresh_name("$choice"));
  auto* test = program_.statement<If>();
  test->condition = condition;
  test->if_true = statements_of([&] { assign(*result, convert(lower(*expression.if_true), type)); });
  test->if_false = statements_of([&] { assign(*result, convert(lower(*expression.if_false), type)); });
  add(test);
  return read(*result);
}

Operand Lowerer::choose(const Expression* condition, const Operand& if_true, const Operand& if_false) {
  const auto pick = [&](const Expression* a, const Expression* b) -> const Expression* {
    if (a == nullptr || b == nullptr || a == b) {
      return a == nullptr ? b : a;
    }
    return program_.expression<Choose>(condition, a, b);
  };
  Operand chosen;
  chosen.type = if_true.type;
  chosen.scalar = pick(if_true.scalar, if_false.scalar);
  chosen.valid = pick(if_true.valid, if_false.valid);
  chosen.next = pick(if_true.next, if_false.next);
  if (if_true.varbit.has_value() && if_false.varbit.has_value()) {
    const VariableId copy =
        program_.add_variable(fresh_name("$b"), program_.at(*if_true.varbit).width, /*is_varbit=*/true);
    auto* test = program_.statement<If>();
    test->condition = condition;
    test->if_true = {program_.statement<AssignVarbit>(copy, *if_true.varbit)};
    test->if_false = {program_.statement<AssignVarbit>(copy, *if_false.varbit)};
    add(test);
    chosen.varbit = copy;
  }
  for (size_t i = 0; i < if_true.parts.size() && i < if_false.parts.size(); ++i) {
    chosen.parts.push_back(choose(condition, if_true.parts[i], if_false.parts[i]));
  }
  return chosen;
}

}  // namespace outrigger::p4_ir
