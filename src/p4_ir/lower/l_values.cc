// What stands on the left (§6.7), and reading and assigning through it where an index is known only at run time.
#include <algorithm>
#include <functional>

#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

// Places that one l-value with run-time indices may mean: the product of the stacks' sizes.
constexpr size_t alternatives_max = 4096;

}  // namespace

bool Lowerer::is_path(const p4::Expression& expression) {
  switch (expression.kind) {
    case p4::ExpressionKind::Name: {
      const auto& name = p4::to<p4::NameExpression>(expression);
      return name.symbol != nullptr && place_of(*name.symbol) != nullptr;
    }
    case p4::ExpressionKind::Member: {
      const auto& member = p4::to<p4::MemberExpression>(expression);
      return (member.member_kind == p4::MemberKind::Field || member.member_kind == p4::MemberKind::Next ||
              member.member_kind == p4::MemberKind::Last) &&
             is_path(*member.base);
    }
    case p4::ExpressionKind::Index: return is_path(*p4::to<p4::IndexExpression>(expression).base);
    default: return false;
  }
}

LValue Lowerer::l_value_of(Place& place) {
  LValue made;
  made.type = place.type;
  made.alternatives.push_back({.condition = nullptr, .place = &place});
  return made;
}

LValue Lowerer::lower_l_value(const p4::Expression& expression) {
  LValue none;
  none.type = type_of(expression.type);
  none.is_ignored = true;
  switch (expression.kind) {
    case p4::ExpressionKind::Name: {
      const auto& name = p4::to<p4::NameExpression>(expression);
      Place* place = name.symbol == nullptr ? nullptr : place_of(*name.symbol);
      if (place != nullptr) {
        return l_value_of(*place);
      }
      break;
    }
    case p4::ExpressionKind::Member: {
      const auto& member = p4::to<p4::MemberExpression>(expression);
      if (member.member_kind == p4::MemberKind::Next || member.member_kind == p4::MemberKind::Last) {
        return stack_next(member);
      }
      return member_of(lower_l_value(*member.base), member.member.text);
    }
    case p4::ExpressionKind::Index: {
      const auto& use = p4::to<p4::IndexExpression>(expression);
      const LValue base = lower_l_value(*use.base);
      return element_of(base, lower_scalar(*use.index));
    }
    case p4::ExpressionKind::Slice: return lower_slice_l_value(p4::to<p4::SliceExpression>(expression));
    case p4::ExpressionKind::Cast: return lower_l_value(*p4::to<p4::CastExpression>(expression).operand);
    case p4::ExpressionKind::DontCare: return none;
    default: break;
  }
  if (!is_over()) {
    refuse(expression.where, "this cannot be assigned to");
  }
  return none;
}

LValue Lowerer::lower_slice_l_value(const p4::SliceExpression& slice) {
  LValue base = lower_l_value(*slice.base);
  base.type = type_of(slice.type);
  if (has_no_bits(base.type)) {
    base.alternatives.clear();
    return base;
  }
  const auto first = known_number(slice.high);
  const auto second = known_number(slice.low);
  if (!second.has_value() || (!first.has_value() && !slice.is_plus)) {
    refuse(slice.where, "this cannot be assigned to");
    return base;
  }
  const uint32_t above = base.slice.has_value() ? base.slice->low : 0;
  if (first.has_value()) {
    const auto high = static_cast<uint32_t>(slice.is_plus ? *first + *second - 1 : *first);
    const auto low = static_cast<uint32_t>(slice.is_plus ? *first : *second);
    base.slice = LValue::Range{.high = high + above, .low = low + above};
    return base;
  }
  // What the low bit is made of may change before the assignment.
  const Expression* const asked = lower_scalar(*slice.high);
  const Expression* const low = asked == nullptr ? constant(1, 0) : asked;  // bit<0>
  const uint32_t width = std::max({low->width, base.moved == nullptr ? 0 : base.moved->width, uint32_t{32}});
  const Expression* moved = program_.expression<Binary>(BinaryOp::Add, widened(low, width), constant(width, above));
  if (base.moved != nullptr) {
    moved = program_.expression<Binary>(BinaryOp::Add, moved, widened(base.moved, width));
  }
  const VariableId kept = temporary(width, "low");
  set(kept, moved);
  base.moved = read_variable(kept);
  base.slice = LValue::Range{.high = static_cast<uint32_t>(*second) - 1, .low = 0};
  return base;
}

LValue Lowerer::member_of(const LValue& base, const std::string& member) {
  LValue made;
  made.next_indices = base.next_indices;  // extract(unions.next.header) moves the index on
  if (base.type != nullptr) {             // also where there is no such place: outside of a stack
    for (const p4::Field& field : compilation_.types.fields(p4::underlying(base.type))) {
      made.type = field.name == member ? type_of(field.type) : made.type;
    }
  }
  for (const LValue::Alternative& alternative : base.alternatives) {
    const auto& fields = compilation_.types.fields(p4::underlying(alternative.place->type));
    for (size_t i = 0; i < fields.size() && i < alternative.place->parts.size(); ++i) {
      if (fields[i].name == member) {
        made.alternatives.push_back({.condition = alternative.condition, .place = alternative.place->parts[i]});
        made.type = alternative.place->parts[i]->type;
      }
    }
  }
  made.is_ignored = made.alternatives.empty();
  return made;
}

LValue Lowerer::element_of(const LValue& base, const Expression* index) {
  LValue made;
  if (base.type != nullptr && p4::underlying(base.type)->kind == p4::TypeKind::Stack) {
    made.type = type_of(p4::underlying(base.type)->arguments[0]);  // also outside of the stack
  }
  if (const auto* known = as<Constant>(index)) {
    for (const LValue::Alternative& alternative : base.alternatives) {
      const auto& parts = alternative.place->parts;
      if (known->value.fits_64() && known->value.low() < parts.size()) {
        made.alternatives.push_back({.condition = alternative.condition, .place = parts[known->value.low()]});
        made.type = parts[known->value.low()]->type;
      }
    }
    made.is_ignored = made.alternatives.empty();
    return made;
  }
  // Evaluated once, however many elements it is compared with; an assignment may change what it is made of.
  const VariableId variable = temporary(index->width, "index");
  set(variable, index);
  index = read_variable(variable);
  for (const LValue::Alternative& alternative : base.alternatives) {
    for (size_t i = 0; i < alternative.place->parts.size(); ++i) {
      if (index->width < 64 && i >= (uint64_t{1} << index->width)) {
        break;  // the index cannot have that value
      }
      if (made.alternatives.size() >= alternatives_max) {
        refuse(where_, "run-time indices here choose from too many elements", "use smaller header stacks");
        return made;
      }
      const Expression* is_it = program_.expression<Binary>(BinaryOp::Equal, index, constant(index->width, i));
      made.alternatives.push_back(
          {.condition = all_of(alternative.condition, is_it), .place = alternative.place->parts[i]});
      made.type = alternative.place->parts[i]->type;
    }
  }
  made.is_ignored = made.alternatives.empty();
  return made;
}

// stack.next and stack.last in a parser (§8.20): outside of the stack the parser rejects with StackOutOfBounds. The
// stack may itself be one of several that a run-time index chooses.
LValue Lowerer::stack_next(const p4::MemberExpression& expression) {
  const LValue stack = lower_l_value(*expression.base);
  if (stack.alternatives.empty()) {
    return stack;
  }
  const bool is_next = expression.member_kind == p4::MemberKind::Next;
  LValue made;
  const Expression* inside = nullptr;
  std::vector<const Expression*> indices;
  for (const LValue::Alternative& one : stack.alternatives) {
    const Expression* next = read_variable(*one.place->next);
    const auto size = static_cast<uint32_t>(one.place->parts.size());
    const Expression* is_in =
        is_next ? program_.expression<Binary>(BinaryOp::Less, next, constant(next->width, size))
                : not_of(program_.expression<Binary>(BinaryOp::Equal, next, constant(next->width, 0)));
    is_in = all_of(one.condition, is_in);
    inside = inside == nullptr ? is_in : program_.expression<Binary>(BinaryOp::Or, inside, is_in);
    indices.push_back(is_next ? next : program_.expression<Binary>(BinaryOp::Subtract, next, constant(next->width, 1)));
  }
  if (in_parser_) {
    const auto error = program_.find_error("StackOutOfBounds");
    add(program_.statement<Verify>(inside, constant(Program::error_width, error.value_or(0))));
  }
  for (size_t i = 0; i < stack.alternatives.size(); ++i) {
    LValue one;
    one.type = stack.type;
    one.alternatives = {stack.alternatives[i]};
    const LValue element = element_of(one, indices[i]);
    made.type = element.type;
    made.alternatives.insert(made.alternatives.end(), element.alternatives.begin(), element.alternatives.end());
    if (is_next) {
      made.next_indices.push_back(
          {.condition = stack.alternatives[i].condition, .variable = *stack.alternatives[i].place->next});
    }
    if (made.alternatives.size() > alternatives_max) {
      refuse(where_, "run-time indices here choose from too many elements", "use smaller header stacks");
      break;
    }
  }
  made.is_ignored = made.alternatives.empty();
  return made;
}

Operand Lowerer::read(const LValue& from) {
  if (from.alternatives.empty()) {
    return default_operand(from.type);
  }
  // Outside of the stack the value is undefined (§8.18): the last element's, but invalid.
  Operand chosen = read(*from.alternatives.back().place);
  if (from.alternatives.size() > 1 && chosen.valid != nullptr) {
    const Expression* last = from.alternatives.back().condition;
    chosen.valid = program_.expression<Binary>(BinaryOp::And, last, chosen.valid);
  }
  for (size_t i = from.alternatives.size() - 1; i-- > 0;) {
    chosen = choose(from.alternatives[i].condition, read(*from.alternatives[i].place), chosen);
  }
  if (from.moved != nullptr && chosen.scalar != nullptr) {
    chosen.scalar = program_.expression<Binary>(BinaryOp::ShiftRight, chosen.scalar, from.moved);
  }
  if (from.slice.has_value() && chosen.scalar != nullptr) {
    chosen.scalar = program_.expression<Slice>(chosen.scalar, from.slice->high, from.slice->low);
  }
  chosen.type = from.type;
  return chosen;
}

void Lowerer::for_alternatives(const LValue& to, const std::function<void(Place&)>& act) {
  for (const LValue::Alternative& alternative : to.alternatives) {
    if (alternative.condition == nullptr) {
      act(*alternative.place);
      continue;
    }
    auto* test = program_.statement<If>();
    test->condition = alternative.condition;
    test->if_true = statements_of([&] { act(*alternative.place); });
    add(test);
  }
}

void Lowerer::assign(const LValue& to, const Operand& from) {
  if (to.is_ignored || to.alternatives.empty()) {
    return;
  }
  if (to.slice.has_value()) {
    assign_scalar(to, from.scalar);
    return;
  }
  bool reads_target = to.alternatives.size() > 1;
  if (!reads_target && to.alternatives.front().place->variable == std::nullopt) {
    reads_target = reads_of(from, *to.alternatives.front().place);
  }
  const Operand value = reads_target ? spill(from) : from;
  for_alternatives(to, [&](Place& place) { assign(place, value); });
}

// x[high:low] = value: the other bits stay.
void Lowerer::assign_scalar(const LValue& to, const Expression* from) {
  if (from == nullptr) {
    return;
  }
  if (to.alternatives.size() > 1) {
    Operand operand{.type = to.type, .scalar = from};
    from = spill(std::move(operand)).scalar;
  }
  for_alternatives(to, [&](Place& place) {
    if (!place.variable.has_value()) {
      return;
    }
    const uint32_t width = program_.at(*place.variable).width;
    const Expression* whole = read_variable(*place.variable);
    const Expression* made = from;
    if (to.moved != nullptr) {
      set(*place.variable, moved_into(whole, to, from));
      return;
    }
    if (to.slice->low > 0) {
      made = program_.expression<Concatenate>(made, program_.expression<Slice>(whole, to.slice->low - 1, 0U));
    }
    if (to.slice->high + 1 < width) {
      made = program_.expression<Concatenate>(program_.expression<Slice>(whole, width - 1, to.slice->high + 1), made);
    }
    set(*place.variable, made);
  });
}

// x[low +: width] = value, with a low bit that is not known: those of its bits that x does not have are lost.
const Expression* Lowerer::moved_into(const Expression* whole, const LValue& to, const Expression* from) {
  const auto at_slice = [&](const Expression* value) {
    if (to.slice->low > 0) {
      value = program_.expression<Concatenate>(value, constant(to.slice->low, 0));
    }
    return program_.expression<Binary>(BinaryOp::ShiftLeft, widened(value, whole->width), to.moved);
  };
  const Expression* const ones = program_.expression<Constant>(Bits(from->width).complement());
  const Expression* const others = program_.expression<Unary>(UnaryOp::Complement, at_slice(ones));
  return program_.expression<Binary>(BinaryOp::Or, program_.expression<Binary>(BinaryOp::And, whole, others),
                                     at_slice(from));
}

// §8.18: elements move to greater indices; the first `count` become invalid, the last are lost.
void Lowerer::push_front(Place& stack, uint32_t count) {
  const auto size = static_cast<uint32_t>(stack.parts.size());
  for (uint32_t i = size; i-- > 0;) {
    if (i >= count) {
      assign(*stack.parts[i], read(*stack.parts[i - count]));
    } else {
      reset(*stack.parts[i]);
    }
  }
  const Expression* moved = program_.expression<Binary>(BinaryOp::AddSaturating, read_variable(*stack.next),
                                                        constant(Program::stack_index_width, count));
  const Expression* limit = constant(Program::stack_index_width, size);
  const Expression* is_less = program_.expression<Binary>(BinaryOp::Less, moved, limit);
  set(*stack.next, program_.expression<Choose>(is_less, moved, limit));
}

void Lowerer::pop_front(Place& stack, uint32_t count) {
  const auto size = static_cast<uint32_t>(stack.parts.size());
  for (uint32_t i = 0; i < size; ++i) {
    if (uint64_t{i} + count < size) {
      assign(*stack.parts[i], read(*stack.parts[i + count]));
    } else {
      reset(*stack.parts[i]);
    }
  }
  set(*stack.next, program_.expression<Binary>(BinaryOp::SubtractSaturating, read_variable(*stack.next),
                                               constant(Program::stack_index_width, count)));
}

}  // namespace outrigger::p4_ir
