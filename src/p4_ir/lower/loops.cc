// Loops (P4-16 1.2.5 §11.8): all become Loop with a test that breaks.
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {

void Lowerer::break_unless(const Expression* condition) {
  auto* test = program_.statement<If>();
  test->condition = not_of(condition);
  test->if_true = {program_.statement<Break>()};
  add(test);
}

void Lowerer::lower_for(const p4::ForStatement& statement) {
  lower_all(statement.initial);
  auto* loop = program_.statement<Loop>();
  loop->body = statements_of([&] {
    if (statement.condition != nullptr) {
      break_unless(lower_scalar(*statement.condition));
    }
    lower(*statement.body);
  });
  loop->update = statements_of([&] { lower_all(statement.update); });
  where_ = statement.where;
  add(loop);
}

void Lowerer::lower_for_in(const p4::ForInStatement& statement) {
  const auto* range = p4::as<p4::BinaryExpression>(statement.collection);
  if (range != nullptr && range->op == p4::BinaryOperator::Range) {
    lower_for_in_range(statement, *range);
  } else {
    lower_for_in_elements(statement);
  }
}

LValue Lowerer::loop_variable(const p4::ForInStatement& statement) {
  if (statement.variable == nullptr) {
    return lower_l_value(*statement.variable_use);
  }
  Place*& place = frame_->places[statement.variable];
  if (place == nullptr) {
    place = allocate(type_of(statement.variable->checked_type), fresh_name(statement.variable->name.text));
  }
  return l_value_of(*place);
}

// Both ends belong to the range and are evaluated once; a counter of our own, so that the body may assign the variable,
// and so that the greatest value of its width is reached and not passed.
void Lowerer::lower_for_in_range(const p4::ForInStatement& statement, const p4::BinaryExpression& range) {
  const LValue variable = loop_variable(statement);
  const p4::Expression* const ends[] = {range.left, range.right};
  const std::vector<Operand> operands = lower_in_order(ends);
  const Operand least = convert(operands[0], variable.type);
  const Operand greatest = convert(operands[1], variable.type);
  const VariableId counter = temporary(least.scalar->width, "counter");
  const VariableId end = temporary(least.scalar->width, "end");
  const VariableId is_last = temporary(1, "is_last");
  set(counter, least.scalar);
  set(end, greatest.scalar);
  const BinaryOp less_equal = is_signed(variable.type) ? BinaryOp::LessEqualSigned : BinaryOp::LessEqual;
  auto* test = program_.statement<If>();
  test->condition = program_.expression<Binary>(less_equal, read_variable(counter), read_variable(end));
  auto* loop = program_.statement<Loop>();
  loop->body = statements_of([&] {
    assign(variable, Operand{.type = variable.type, .scalar = read_variable(counter)});
    lower(*statement.body);
  });
  loop->update = statements_of([&] {
    set(is_last, program_.expression<Binary>(BinaryOp::Equal, read_variable(counter), read_variable(end)));
    set(counter, program_.expression<Binary>(BinaryOp::Add, read_variable(counter), constant(least.scalar->width, 1)));
    break_unless(not_of(read_variable(is_last)));
  });
  where_ = statement.where;
  test->if_true = {loop};
  add(test);
}

// Elements of a stack, tuple or list, in order: a Loop over their number, which picks the element.
void Lowerer::lower_for_in_elements(const p4::ForInStatement& statement) {
  const LValue variable = loop_variable(statement);
  const Operand collection = spill(lower(*statement.collection));
  const VariableId counter = temporary(Program::stack_index_width, "counter");
  set(counter, constant(Program::stack_index_width, 0));
  auto* loop = program_.statement<Loop>();
  loop->body = statements_of([&] {
    break_unless(program_.expression<Binary>(BinaryOp::Less, read_variable(counter),
                                             constant(Program::stack_index_width, collection.parts.size())));
    auto* pick = program_.statement<Switch>();
    pick->subject = read_variable(counter);
    for (size_t i = 0; i < collection.parts.size(); ++i) {
      Switch::Case one;
      one.labels.emplace_back(Program::stack_index_width, i);
      one.body = statements_of([&] { assign(variable, convert(collection.parts[i], variable.type)); });
      pick->cases.push_back(std::move(one));
    }
    add(pick);
    lower(*statement.body);
  });
  loop->update = statements_of([&] {
    set(counter,
        program_.expression<Binary>(BinaryOp::Add, read_variable(counter), constant(Program::stack_index_width, 1)));
  });
  where_ = statement.where;
  add(loop);
}

}  // namespace outrigger::p4_ir
