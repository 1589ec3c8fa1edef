// Walks over a syntax tree: see walk.h.
#include "p4/ast/walk.h"

namespace outrigger::p4 {
namespace {

void walk_all(const Visitor& visitor, std::span<Expression* const> expressions) {
  for (const Expression* expression : expressions) {
    walk(visitor, expression);
  }
}

void walk_children(const Visitor& visitor, const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::Member: walk(visitor, to<MemberExpression>(expression).base); return;
    case ExpressionKind::Index:
      walk(visitor, to<IndexExpression>(expression).base);
      walk(visitor, to<IndexExpression>(expression).index);
      return;
    case ExpressionKind::Slice:
      walk(visitor, to<SliceExpression>(expression).base);
      walk(visitor, to<SliceExpression>(expression).high);
      walk(visitor, to<SliceExpression>(expression).low);
      return;
    case ExpressionKind::Unary: walk(visitor, to<UnaryExpression>(expression).operand); return;
    case ExpressionKind::Binary:
      walk(visitor, to<BinaryExpression>(expression).left);
      walk(visitor, to<BinaryExpression>(expression).right);
      return;
    case ExpressionKind::Conditional:
      walk(visitor, to<ConditionalExpression>(expression).condition);
      walk(visitor, to<ConditionalExpression>(expression).if_true);
      walk(visitor, to<ConditionalExpression>(expression).if_false);
      return;
    case ExpressionKind::Cast: walk(visitor, to<CastExpression>(expression).operand); return;
    case ExpressionKind::Call:
      walk(visitor, to<CallExpression>(expression).callee);
      walk_arguments(visitor, to<CallExpression>(expression).arguments);
      return;
    case ExpressionKind::Construct: walk_arguments(visitor, to<ConstructExpression>(expression).arguments); return;
    case ExpressionKind::List: walk_all(visitor, to<ListExpression>(expression).elements); return;
    case ExpressionKind::Struct:
      for (const NamedField& field : to<StructExpression>(expression).fields) {
        walk(visitor, field.value);
      }
      return;
    case ExpressionKind::Number:
    case ExpressionKind::Bool:
    case ExpressionKind::String:
    case ExpressionKind::Name:
    case ExpressionKind::This:
    case ExpressionKind::TypeMember:
    case ExpressionKind::InvalidHeader:
    case ExpressionKind::Default:
    case ExpressionKind::DontCare: return;
  }
}

void walk_statements(const Visitor& visitor, std::span<Statement* const> statements) {
  for (const Statement* statement : statements) {
    walk(visitor, statement);
  }
}

void walk_for(const Visitor& visitor, const ForStatement& loop) {
  walk_statements(visitor, loop.initial);
  walk(visitor, loop.condition);
  walk_statements(visitor, loop.update);
  walk(visitor, loop.body);
}

void walk_for_in(const Visitor& visitor, const ForInStatement& loop) {
  walk(visitor, loop.variable);
  walk(visitor, loop.variable_use);
  walk(visitor, loop.collection);
  walk(visitor, loop.body);
}

void walk_switch(const Visitor& visitor, const SwitchStatement& statement) {
  walk(visitor, statement.subject);
  for (const SwitchCase* one : statement.cases) {
    walk(visitor, one->label);
    walk(visitor, static_cast<const Statement*>(one->block));
  }
}

void walk_children(const Visitor& visitor, const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::Block: walk_statements(visitor, to<BlockStatement>(statement).statements); return;
    case StatementKind::Assignment:
      walk(visitor, to<AssignmentStatement>(statement).left);
      walk(visitor, to<AssignmentStatement>(statement).right);
      return;
    case StatementKind::Call: walk(visitor, static_cast<const Expression*>(to<CallStatement>(statement).call)); return;
    case StatementKind::Conditional:
      walk(visitor, to<ConditionalStatement>(statement).condition);
      walk(visitor, to<ConditionalStatement>(statement).if_true);
      walk(visitor, to<ConditionalStatement>(statement).if_false);
      return;
    case StatementKind::Switch: walk_switch(visitor, to<SwitchStatement>(statement)); return;
    case StatementKind::Return: walk(visitor, to<ReturnStatement>(statement).result); return;
    case StatementKind::For: walk_for(visitor, to<ForStatement>(statement)); return;
    case StatementKind::ForIn: walk_for_in(visitor, to<ForInStatement>(statement)); return;
    case StatementKind::Declaration: walk(visitor, to<DeclarationStatement>(statement).declaration); return;
    case StatementKind::Empty:
    case StatementKind::Exit:
    case StatementKind::Break:
    case StatementKind::Continue: return;
  }
}

template <typename Declarations>
void walk_declarations(const Visitor& visitor, const Declarations& declarations) {
  for (const Declaration* declaration : declarations) {
    walk(visitor, declaration);
  }
}

void walk_state(const Visitor& visitor, const ParserState& state) {
  walk_statements(visitor, state.statements);
  if (state.transition != nullptr) {
    walk_all(visitor, state.transition->selected);
    for (const SelectCase* one : state.transition->cases) {
      walk_all(visitor, one->keysets);
    }
  }
}

void walk_table(const Visitor& visitor, const TableDeclaration& table) {
  for (const TableKey* key : table.keys) {
    walk(visitor, key->expression);
  }
  for (const TableAction* action : table.actions) {
    walk_arguments(visitor, action->arguments);
  }
  for (const TableEntry* entry : table.entries) {
    walk(visitor, entry->priority);
    walk_all(visitor, entry->keysets);
    walk_arguments(visitor, entry->action->arguments);
  }
  for (const TableProperty* property : table.properties) {
    walk(visitor, property->value);
  }
}

void walk_body(const Visitor& visitor, const Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Function:
      walk_declarations(visitor, to<FunctionDeclaration>(declaration).parameters);
      walk(visitor, static_cast<const Statement*>(to<FunctionDeclaration>(declaration).body));
      return;
    case DeclarationKind::Action:
      walk_declarations(visitor, to<ActionDeclaration>(declaration).parameters);
      walk(visitor, static_cast<const Statement*>(to<ActionDeclaration>(declaration).body));
      return;
    case DeclarationKind::Parser:
      walk_declarations(visitor, to<ParserDeclaration>(declaration).parameters);
      walk_declarations(visitor, to<ParserDeclaration>(declaration).constructor_parameters);
      walk_declarations(visitor, to<ParserDeclaration>(declaration).locals);
      walk_declarations(visitor, to<ParserDeclaration>(declaration).states);
      return;
    case DeclarationKind::Control:
      walk_declarations(visitor, to<ControlDeclaration>(declaration).parameters);
      walk_declarations(visitor, to<ControlDeclaration>(declaration).constructor_parameters);
      walk_declarations(visitor, to<ControlDeclaration>(declaration).locals);
      walk(visitor, static_cast<const Statement*>(to<ControlDeclaration>(declaration).apply));
      return;
    case DeclarationKind::ParserState: walk_state(visitor, to<ParserState>(declaration)); return;
    case DeclarationKind::Table: walk_table(visitor, to<TableDeclaration>(declaration)); return;
    case DeclarationKind::Instantiation:
      walk_arguments(visitor, to<InstantiationDeclaration>(declaration).arguments);
      walk_declarations(visitor, to<InstantiationDeclaration>(declaration).initializer);
      return;
    default: return;
  }
}

void walk_values(const Visitor& visitor, const Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Constant: walk(visitor, to<ConstantDeclaration>(declaration).initial); return;
    case DeclarationKind::Variable: walk(visitor, to<VariableDeclaration>(declaration).initial); return;
    case DeclarationKind::Parameter: walk(visitor, to<Parameter>(declaration).default_value); return;
    case DeclarationKind::EnumMember: walk(visitor, to<EnumMember>(declaration).initial); return;
    case DeclarationKind::Enum: walk_declarations(visitor, to<EnumDeclaration>(declaration).members); return;
    case DeclarationKind::ValueSet: walk(visitor, to<ValueSetDeclaration>(declaration).size); return;
    default: walk_body(visitor, declaration);
  }
}

}  // namespace

void walk(const Visitor& visitor, const Expression* expression) {
  if (expression != nullptr && visitor.expression(*expression)) {
    walk_children(visitor, *expression);
  }
}

void walk(const Visitor& visitor, const Statement* statement) {
  if (statement != nullptr && visitor.statement(*statement)) {
    walk_children(visitor, *statement);
  }
}

void walk(const Visitor& visitor, const Declaration* declaration) {
  if (declaration != nullptr && visitor.declaration(*declaration)) {
    walk_values(visitor, *declaration);
  }
}

void walk_arguments(const Visitor& visitor, std::span<const Argument> arguments) {
  for (const Argument& argument : arguments) {
    walk(visitor, argument.value);
  }
}

}  // namespace outrigger::p4
