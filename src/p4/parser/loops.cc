// for loops (P4-16 §11.8): for (initial; condition; update) and for (type name in collection).
#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

Statement* ProgramReader::read_for(Annotations annotations) {
  const Scope scope(*this);
  const uint32_t first = annotations.empty() ? begin() : annotations.front()->where.begin;
  take();
  const uint32_t open = position();
  if (!expect(Symbol::LeftParenthesis, "after 'for'")) {
    return nullptr;
  }
  Statement* const loop = read_for_clauses(first, std::move(annotations));
  if (!is_panicking() || partner(open) == none || partner(open) < position()) {
    return loop;
  }
  resume_at(partner(open) + 1);  // after an error among the clauses, the body is read all the same
  return read_body("for");
}

Statement* ProgramReader::read_for_clauses(uint32_t first, Annotations annotations) {
  if (is(Symbol::Semicolon)) {
    return read_for_classic(first, std::move(annotations), nullptr);
  }
  Annotations of_variable = read_annotations();
  const uint32_t item = begin();
  if (is_declaration()) {
    TypeRef* const type = read_type();
    auto* const variable = is_panicking() ? nullptr : read_variable(type, item, std::move(of_variable), false);
    if (is_panicking()) {
      return nullptr;
    }
    if (is(Keyword::In)) {
      return read_for_in(first, std::move(annotations), variable, nullptr);
    }
    auto* const statement = make<DeclarationStatement>(item);
    statement->declaration = variable;
    return read_for_classic(first, std::move(annotations), finished(statement));
  }
  if (!of_variable.empty()) {
    tell(of_variable.front()->where, "an annotation may only stand before the declaration of a variable here");
  }
  if (is_name() && is(Keyword::In, 1)) {
    return read_for_in(first, std::move(annotations), nullptr, read_primary());
  }
  Statement* const statement = read_assignment_or_call();
  return is_panicking() ? nullptr : read_for_classic(first, std::move(annotations), statement);
}

Statement* ProgramReader::read_for_in(uint32_t first, Annotations annotations, Declaration* variable, Expression* use) {
  auto* const loop = make<ForInStatement>(first);
  loop->annotations = std::move(annotations);
  loop->variable = variable;
  loop->variable_use = use;
  take();
  if (const auto* const declared = as<VariableDeclaration>(variable);
      declared != nullptr && declared->initial != nullptr) {
    tell(declared->initial->where, "the variable of 'for … in' has no initial value: the collection gives its values");
  }
  const uint32_t collection = begin();
  loop->collection = read_range(read_expression(), collection);
  expect(Symbol::RightParenthesis, "after what 'for' goes over");
  loop->body = read_body("for");
  return is_panicking() ? nullptr : finished(loop);
}

// `initial_first` may be null. The cursor is behind it.
Statement* ProgramReader::read_for_classic(uint32_t first, Annotations annotations, Statement* initial_first) {
  auto* const loop = make<ForStatement>(first);
  loop->annotations = std::move(annotations);
  if (initial_first != nullptr) {
    loop->initial.push_back(initial_first);
  }
  while (initial_first != nullptr && accept(Symbol::Comma)) {
    Statement* const next = read_for_initial();
    if (is_panicking()) {
      return nullptr;
    }
    loop->initial.push_back(next);
  }
  expect(Symbol::Semicolon, "after what 'for' begins with");
  loop->condition = read_expression();
  expect(Symbol::Semicolon, "after the condition of 'for'");
  read_for_update(*loop);
  expect(Symbol::RightParenthesis, "after what 'for' does each time");
  loop->body = read_body("for");
  return is_panicking() ? nullptr : finished(loop);
}

Statement* ProgramReader::read_for_initial() {
  Annotations annotations = read_annotations();
  const uint32_t first = annotations.empty() ? begin() : annotations.front()->where.begin;
  if (!is_declaration()) {
    return read_assignment_or_call();
  }
  TypeRef* const type = read_type();
  if (is_panicking()) {
    return nullptr;
  }
  auto* const statement = make<DeclarationStatement>(first);
  statement->declaration = read_variable(type, first, std::move(annotations), false);
  return finished(statement);
}

void ProgramReader::read_for_update(ForStatement& loop) {
  if (is(Symbol::RightParenthesis)) {
    return;
  }
  do {
    Statement* const statement = read_assignment_or_call();
    if (!is_panicking()) {
      loop.update.push_back(statement);
    }
  } while (!is_panicking() && accept(Symbol::Comma));
}

}  // namespace outrigger::p4
