// Prints controls and tables.
#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {

void TreePrinter::print_control(const ControlDeclaration& control) {
  print_annotations(control.annotations);
  add("control ");
  add(control.name.text);
  print_type_parameters(control.type_parameters);
  print_parameters(control.parameters);
  if (!control.has_body) {
    add(";");
    return;
  }
  if (!control.constructor_parameters.empty()) {
    print_parameters(control.constructor_parameters);
  }
  add(" ");
  print_braced([&] {
    for (const Declaration* const local : control.locals) {
      new_line();
      print(*local);
    }
    new_line();
    add("apply ");
    print_block(*control.apply);
  });
}

void TreePrinter::print_table(const TableDeclaration& table) {
  print_annotations(table.annotations);
  add("table ");
  add(table.name.text);
  add(" ");
  const auto print_keys = [&] {
    for (const TableKey* const key : table.keys) {
      new_line();
      print(*key->expression);
      add(": ");
      add(key->match_kind.text);
      print_annotations_after(key->annotations);
      add(";");
    }
  };
  const auto print_actions = [&] {
    for (const TableAction* const action : table.actions) {
      new_line();
      print_table_action(*action);
      add(";");
    }
  };
  const auto print_property = [&](std::string_view name, bool is_given, const auto& inside) {
    if (is_given) {
      new_line();
      add(name);
      add(" = ");
      print_braced(inside);
    }
  };
  print_braced([&] {
    print_property("key", table.has_key, print_keys);
    print_property("actions", table.has_actions, print_actions);
    print_property(table.entries_const ? "const entries" : "entries", table.has_entries, [&] {
      for (const TableEntry* const entry : table.entries) {
        new_line();
        print_entry(*entry);
      }
    });
    for (const TableProperty* const property : table.properties) {
      new_line();
      print_annotations(property->annotations);
      add(property->is_const ? "const " : "");
      add(property->name.text);
      add(" = ");
      print(*property->value);
      add(";");
    }
  });
}

void TreePrinter::print_table_action(const TableAction& action) {
  print_annotations(action.annotations);
  add(action.is_global ? "." : "");
  add(action.name.text);
  if (action.has_arguments) {
    print_arguments(action.arguments);
  }
}

void TreePrinter::print_entry(const TableEntry& entry) {
  add(entry.is_const ? "const " : "");
  if (entry.priority != nullptr) {
    const bool is_plain = entry.priority->kind == ExpressionKind::Number;
    add(is_plain ? "priority = " : "priority = (");
    print(*entry.priority);
    add(is_plain ? ": " : "): ");
  }
  print_keysets(entry.keysets);
  add(": ");
  print_table_action(*entry.action);
  print_annotations_after(entry.annotations);
  add(";");
}

}  // namespace outrigger::p4
