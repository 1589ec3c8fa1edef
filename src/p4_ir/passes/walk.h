// Walking over a program's statements: what is inside of one, what it reads and writes. For passes,
// and whoever looks at a whole lowered program.
#pragma once

#include <functional>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// The lists of statements inside of this one, in order.
template <typename Visit>
void for_each_list(Statement& statement, const Visit& visit) {
  if (auto* test = as<If>(&statement)) {
    visit(test->if_true);
    visit(test->if_false);
  } else if (auto* choice = as<Switch>(&statement)) {
    for (Switch::Case& one : choice->cases) {
      visit(one.body);
    }
    visit(choice->otherwise);
  } else if (auto* loop = as<Loop>(&statement)) {
    visit(loop->body);
    visit(loop->update);
  }
}
template <typename Visit>
void for_each_list(const Statement& statement, const Visit& visit) {
  for_each_list(const_cast<Statement&>(statement), [&](const Statements& list) { visit(list); });
}

// Every statement of the list, and of those inside, the outer one first. Their depth is limited by the compiler
// (p4/limits.h).
template <typename Visit>
void for_each_statement(const Statements& statements, const Visit& visit) {
  for (Statement* statement : statements) {
    visit(*statement);
    for_each_list(*statement, [&](const Statements& list) { for_each_statement(list, visit); });
  }
}

// The outermost lists: bodies of procedures, prologues and states of parsers.
template <typename Visit>
void for_each_body(ProgramParts& program, const Visit& visit) {
  for (Procedure& procedure : program.procedures) {
    visit(procedure.body);
  }
  for (Parser& parser : program.parsers) {
    visit(parser.prologue);
    for (ParserState& state : parser.states) {
      visit(state.statements);
    }
  }
}
template <typename Visit>
void for_each_body(const ProgramParts& program, const Visit& visit) {
  for_each_body(const_cast<ProgramParts&>(program), [&](const Statements& list) { visit(list); });
}

// The statement's own expressions that may be exchanged for others of the same value. Not: variables that an extern is
// given as they are, because architectures ask which ones they are (the old clone3 of v1model).
using VisitValue = std::function<void(const Expression*& value)>;
void for_each_value(Statement& statement, const VisitValue& visit);
// The same of a state's transition.
void for_each_value(ParserState& state, const VisitValue& visit);

using VisitVariable = std::function<void(VariableId variable)>;
// Every variable that the expression reads, some more than once.
void for_each_read(const Expression& expression, const VisitVariable& visit);
// What the statement itself reads: not the lists inside, nor what it calls; but a table's keys.
void for_each_read(const Program& program, const Statement& statement, const VisitVariable& visit);
void for_each_read(const ParserState& state, const VisitVariable& visit);  // its transition
// What the statement itself may write, in the same sense; but the parameters of a table's actions.
void for_each_write(const Program& program, const Statement& statement, const VisitVariable& visit);

// Return, Break or Continue on all ways through: what follows is never reached.
bool never_goes_on(const Statements& statements);
// It asks the host, who may read and write what it can see (observed.h) meanwhile.
bool asks_host(const Statement& statement);
// In a parser: it may end it.
bool may_reject(const Statement& statement);

}  // namespace outrigger::p4_ir
