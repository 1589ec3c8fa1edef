// Prints parsers and their states.
#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {

void TreePrinter::print_parser(const ParserDeclaration& parser) {
  print_annotations(parser.annotations);
  add("parser ");
  add(parser.name.text);
  print_type_parameters(parser.type_parameters);
  print_parameters(parser.parameters);
  if (!parser.has_body) {
    add(";");
    return;
  }
  if (!parser.constructor_parameters.empty()) {
    print_parameters(parser.constructor_parameters);
  }
  add(" ");
  print_braced([&] {
    for (const Declaration* const local : parser.locals) {
      new_line();
      print(*local);
    }
    for (const ParserState* const state : parser.states) {
      new_line();
      print_state(*state);
    }
  });
}

void TreePrinter::print_state(const ParserState& state) {
  print_annotations(state.annotations);
  add("state ");
  add(state.name.text);
  add(" ");
  print_braced([&] {
    for (const Statement* const statement : state.statements) {
      new_line();
      print(*statement);
    }
    if (state.transition != nullptr) {
      new_line();
      print_transition(*state.transition);
    }
  });
}

void TreePrinter::print_transition(const Transition& transition) {
  add("transition ");
  if (!transition.is_select) {
    add(transition.state.text);
    add(";");
    return;
  }
  add("select(");
  print_list(transition.selected, [&](const Expression* expression) { print(*expression); });
  add(") ");
  print_braced([&] {
    for (const SelectCase* const one : transition.cases) {
      new_line();
      print_keysets(one->keysets);
      add(": ");
      add(one->state.text);
      add(";");
    }
  });
}

}  // namespace outrigger::p4
