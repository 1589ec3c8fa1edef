// Prints statements.
#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {
namespace {

std::string_view assignment_text(std::optional<BinaryOperator> op) {
  if (!op.has_value()) {
    return " = ";
  }
  switch (*op) {
    case BinaryOperator::Multiply: return " *= ";
    case BinaryOperator::Divide: return " /= ";
    case BinaryOperator::Modulo: return " %= ";
    case BinaryOperator::Add: return " += ";
    case BinaryOperator::Subtract: return " -= ";
    case BinaryOperator::AddSaturating: return " |+|= ";
    case BinaryOperator::SubtractSaturating: return " |-|= ";
    case BinaryOperator::ShiftLeft: return " <<= ";
    case BinaryOperator::ShiftRight: return " >>= ";
    case BinaryOperator::BitAnd: return " &= ";
    case BinaryOperator::BitOr: return " |= ";
    case BinaryOperator::BitXor: return " ^= ";
    default: check(false, "an operator of a compound assignment"); return " = ";
  }
}

}  // namespace

void TreePrinter::print(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::Block: print_block(to<BlockStatement>(statement)); return;
    case StatementKind::Empty: add(";"); return;
    case StatementKind::Conditional: print_conditional(to<ConditionalStatement>(statement)); return;
    case StatementKind::Switch: print_switch(to<SwitchStatement>(statement)); return;
    case StatementKind::For: print_for(to<ForStatement>(statement)); return;
    case StatementKind::ForIn: print_for_in(to<ForInStatement>(statement)); return;
    case StatementKind::Exit: add("exit;"); return;
    case StatementKind::Break: add("break;"); return;
    case StatementKind::Continue: add("continue;"); return;
    case StatementKind::Declaration: print(*to<DeclarationStatement>(statement).declaration); return;
    case StatementKind::Return: {
      const auto& result = to<ReturnStatement>(statement);
      add("return");
      if (result.result != nullptr) {
        add(" ");
        print(*result.result);
      }
      add(";");
      return;
    }
    case StatementKind::Assignment:
    case StatementKind::Call:
      print_without_semicolon(statement);
      add(";");
      return;
  }
}

void TreePrinter::print_without_semicolon(const Statement& statement) {
  if (const auto* const assignment = as<AssignmentStatement>(&statement)) {
    print(*assignment->left);
    add(assignment_text(assignment->op));
    print(*assignment->right);
  } else if (const auto* const call = as<CallStatement>(&statement)) {
    print(*call->call);
  } else {
    print_variable(to<VariableDeclaration>(*to<DeclarationStatement>(statement).declaration));
  }
}

void TreePrinter::print_block(const BlockStatement& block) {
  print_annotations(block.annotations);
  print_braced([&] {
    for (const Statement* const statement : block.statements) {
      new_line();
      print(*statement);
    }
  });
}

void TreePrinter::print_body(const Statement& body) {
  if (body.kind == StatementKind::Block) {
    add(" ");
    print(body);
    return;
  }
  ++level_;
  new_line();
  print(body);
  --level_;
}

void TreePrinter::print_conditional(const ConditionalStatement& conditional) {
  const ConditionalStatement* link = &conditional;
  while (true) {
    add("if (");
    print(*link->condition);
    add(")");
    print_body(*link->if_true);
    if (link->if_false == nullptr) {
      return;
    }
    if (link->if_true->kind == StatementKind::Block) {
      add(" ");
    } else {
      new_line();
    }
    add("else");
    const auto* const next = as<ConditionalStatement>(link->if_false);
    if (next == nullptr) {
      print_body(*link->if_false);
      return;
    }
    add(" ");
    link = next;
  }
}

void TreePrinter::print_switch(const SwitchStatement& statement) {
  add("switch (");
  print(*statement.subject);
  add(") ");
  print_braced([&] {
    for (const SwitchCase* const one : statement.cases) {
      new_line();
      if (one->label == nullptr) {
        add("default");
      } else {
        print(*one->label);
      }
      add(":");
      if (one->block != nullptr) {
        print_body(*one->block);
      }
    }
  });
}

void TreePrinter::print_for(const ForStatement& loop) {
  print_annotations(loop.annotations);
  add("for (");
  print_list(loop.initial, [&](const Statement* statement) { print_without_semicolon(*statement); });
  add("; ");
  print(*loop.condition);
  add("; ");
  print_list(loop.update, [&](const Statement* statement) { print_without_semicolon(*statement); });
  add(")");
  print_body(*loop.body);
}

void TreePrinter::print_for_in(const ForInStatement& loop) {
  print_annotations(loop.annotations);
  add("for (");
  if (loop.variable != nullptr) {
    print_variable(to<VariableDeclaration>(*loop.variable));
  } else {
    print(*loop.variable_use);
  }
  add(" in ");
  print(*loop.collection);
  add(")");
  print_body(*loop.body);
}

}  // namespace outrigger::p4
