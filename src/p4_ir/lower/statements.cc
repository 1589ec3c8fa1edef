// Statements (§11): effects in the order of the text.
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {

void Lowerer::lower_all(std::span<p4::Statement* const> statements) {
  for (const p4::Statement* statement : statements) {
    if (is_over()) {
      return;
    }
    lower(*statement);
  }
}

void Lowerer::lower(const p4::Statement& statement) {
  where_ = statement.where;
  switch (statement.kind) {
    case p4::StatementKind::Block: lower_all(p4::to<p4::BlockStatement>(statement).statements); return;
    case p4::StatementKind::Empty: return;
    case p4::StatementKind::Assignment: lower_assignment(p4::to<p4::AssignmentStatement>(statement)); return;
    case p4::StatementKind::Call: lower_call(*p4::to<p4::CallStatement>(statement).call); return;
    case p4::StatementKind::Conditional: lower_conditional(p4::to<p4::ConditionalStatement>(statement)); return;
    case p4::StatementKind::Switch: lower_switch(p4::to<p4::SwitchStatement>(statement)); return;
    case p4::StatementKind::Return: lower_return(p4::to<p4::ReturnStatement>(statement)); return;
    case p4::StatementKind::Exit: lower_exit(); return;
    case p4::StatementKind::For: lower_for(p4::to<p4::ForStatement>(statement)); return;
    case p4::StatementKind::ForIn: lower_for_in(p4::to<p4::ForInStatement>(statement)); return;
    case p4::StatementKind::Break: add(program_.statement<Break>()); return;
    case p4::StatementKind::Continue: add(program_.statement<Continue>()); return;
    case p4::StatementKind::Declaration: lower_local(*p4::to<p4::DeclarationStatement>(statement).declaration); return;
  }
}

// §11.1: the left side's indices first, then the right side, then the assignment.
void Lowerer::lower_assignment(const p4::AssignmentStatement& statement) {
  LValue to = lower_l_value(*statement.left);
  if (has_effects(*statement.right)) {
    for (LValue::Alternative& alternative : to.alternatives) {  // an index that the right side could change
      if (alternative.condition != nullptr) {
        alternative.condition = spill(Operand{.scalar = alternative.condition}).scalar;
      }
    }
  }
  if (!statement.op.has_value()) {
    Operand from = convert(lower(*statement.right), to.type);
    assign(to, from);
    return;
  }
  const Operand left = has_effects(*statement.right) ? spill(read(to)) : read(to);
  const Operand right = lower(*statement.right);
  assign(to, convert(apply_operator(*statement.op, left, right, statement.where), to.type));
}

void Lowerer::lower_conditional(const p4::ConditionalStatement& statement) {
  auto* test = program_.statement<If>();
  test->condition = lower_scalar(*statement.condition);
  const p4::SourceRange where = where_;
  test->if_true = statements_of([&] { lower(*statement.if_true); });
  if (statement.if_false != nullptr) {
    test->if_false = statements_of([&] { lower(*statement.if_false); });
  }
  where_ = where;
  add(test);
}

// §11.7: a label without a block shares that of the next one with a block.
void Lowerer::lower_switch(const p4::SwitchStatement& statement) {
  auto* made = program_.statement<Switch>();
  const p4::Type* subject_type = statement.subject->type;
  const bool is_action_run = subject_type->is(p4::TypeKind::ActionList);
  made->subject = lower_scalar(*statement.subject);
  const TableState* table = nullptr;
  if (is_action_run) {
    table = &table_of(p4::to<p4::TableDeclaration>(*subject_type->declaration));
  }
  const p4::SourceRange where = where_;
  std::vector<Bits> labels;
  bool is_default = false;
  for (const p4::SwitchCase* one : statement.cases) {
    if (one->label == nullptr || one->label->kind == p4::ExpressionKind::DontCare) {
      is_default = true;
    } else if (is_action_run) {
      const auto* name = p4::as<p4::NameExpression>(one->label);
      for (const auto& [listed, number] : table->numbers) {
        if (name != nullptr && listed->action == name->symbol) {
          labels.emplace_back(Table::action_run_width, number);
        }
      }
    } else if (std::optional<Bits> known = known_bits(*one->label, made->subject->width); known.has_value()) {
      labels.push_back(std::move(*known));
    } else if (!is_over()) {
      refuse(one->label->where, "this label is not known when the program is compiled");
    }
    if (one->block == nullptr) {
      continue;
    }
    Statements body = statements_of([&] { lower(*one->block); });
    if (is_default) {
      made->otherwise = std::move(body);
    } else {
      made->cases.push_back({.labels = std::move(labels), .body = std::move(body)});
    }
    labels.clear();
    is_default = false;
  }
  where_ = where;
  add(made);
}

void Lowerer::lower_return(const p4::ReturnStatement& statement) {
  if (statement.result != nullptr) {
    const Operand result = lower(*statement.result);
    for (Frame* frame = frame_; frame != nullptr; frame = frame->outer) {
      if (frame->result != nullptr) {
        assign(l_value_of(*frame->result), convert(result, frame->result->type));
        break;
      }
    }
  }
  add(program_.statement<Return>());
}

void Lowerer::lower_exit() {
  may_exit_ = true;
  set(program_.exited, constant(1, 1));
  add(program_.statement<Return>());
}

void Lowerer::exit_if_exited() {
  may_exit_ = true;
  auto* test = program_.statement<If>();
  test->condition = read_variable(program_.exited);
  test->if_true = {program_.statement<Return>()};
  add(test);
}

void Lowerer::lower_local(const p4::Declaration& declaration) {
  if (const auto* variable = p4::as<p4::VariableDeclaration>(&declaration)) {
    const p4::Type* type = type_of(variable->checked_type);
    std::optional<Operand> initial;
    if (variable->initial != nullptr) {
      initial = convert(lower(*variable->initial), type);
    }
    Place*& place = frame_->places[&declaration];
    if (place == nullptr) {  // a procedure that is made once declares it once
      place = allocate(type, fresh_name(declaration.name.text));
    }
    if (initial.has_value() && !(variable->initial->kind == p4::ExpressionKind::Default)) {
      assign(l_value_of(*place), *initial);
    } else {
      reset(*place);
    }
  }
}

}  // namespace outrigger::p4_ir
