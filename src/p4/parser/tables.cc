// Tables (P4-16 §14.2): keys, actions, entries and other properties.
#include <fmt/format.h>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

namespace {

// What a list is called that others call so; empty for other names.
std::string_view right_name(std::string_view name) {
  return name == "keys" || name == "reads" ? "key" : name == "action" ? "actions" : name == "entry" ? "entries" : "";
}

}  // namespace

Declaration* ProgramReader::read_table(Annotations annotations) {
  auto* const table = make<TableDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  table->annotations = std::move(annotations);
  take();
  const uint32_t name = position();
  table->name = expect_name("the table");
  if (is_panicking()) {
    return table;
  }
  if (is(Symbol::LeftParenthesis)) {
    fail(peek().where, "a table has no parameters", "leave the parentheses away: table name { … }");
    return table;
  }
  read_braced(fmt::format("around the properties of the table '{}'", table->name.text),
              [&] { read_table_property(*table); });
  declare_object(name);
  return finished(table);
}

void ProgramReader::read_table_property(TableDeclaration& table) {
  const uint32_t first = begin();
  const SourceRange where = peek().where;
  Annotations annotations = read_annotations();
  const bool is_const = accept(Keyword::Const);
  if (is_panicking()) {
    return;
  }
  const Token name = peek();
  const bool is_key = is(Keyword::Key);
  if ((is_key || is(Keyword::Actions)) && (is_const || !annotations.empty())) {
    tell(where, fmt::format("'{}' may have neither 'const' nor annotations", name.text));
  }
  const bool is_given = (is_key && table.has_key) || (is(Keyword::Actions) && table.has_actions) ||
                        (is(Keyword::Entries) && table.has_entries);
  if (is_given) {
    tell(name.where, fmt::format("the table '{}' has '{}' more than once", table.name.text, name.text),
         "put all of it into one");
  }
  if (!is_key && !is(Keyword::Actions) && !is(Keyword::Entries)) {
    read_other_property(table, first, std::move(annotations), is_const);
    return;
  }
  take();
  expect(Symbol::Assign, fmt::format("after '{}'", name.text));
  if (is_panicking()) {
    return;
  }
  if (is_key) {
    read_keys(table);
  } else if (name.is(Keyword::Actions)) {
    read_actions(table);
  } else {
    read_entries(table, is_const);
  }
  if (!is_panicking() && is(Symbol::Semicolon)) {
    tell(peek().where, fmt::format("no ';' may stand after '{}' of a table", name.text), "remove it");
    take();
  }
}

void ProgramReader::read_other_property(TableDeclaration& table, uint32_t first, Annotations annotations,
                                        bool is_const) {
  auto* const property = make<TableProperty>(first);
  property->annotations = std::move(annotations);
  property->is_const = is_const;
  property->name = expect_name("the table's property");
  expect(Symbol::Assign, fmt::format("after the property '{}'", property->name.text));
  const uint32_t closing = is(Symbol::LeftBrace) ? partner(position()) : none;
  const uint32_t errors = diagnostics().error_count();
  if (const std::string_view meant = right_name(property->name.text); !meant.empty() && closing != none) {
    fail(property->name.where, fmt::format("a table has no list '{}'", property->name.text),
         fmt::format("write {} = {{ … }}", meant));
  }
  property->value = read_expression();
  if (errors != diagnostics().error_count() && closing != none) {
    resume_at(closing + 1);  // 'keys = { … }' and its like: the whole list is the fault
    accept(Symbol::Semicolon);
    return;
  }
  expect_semicolon(fmt::format("after the property '{}'", property->name.text));
  if (!is_panicking()) {
    table.properties.push_back(finished(property));
  }
}

void ProgramReader::read_keys(TableDeclaration& table) {
  table.has_key = true;
  read_braced("around the key", [&] {
    TableKey* const key = read_key();
    if (!is_panicking()) {
      table.keys.push_back(key);
    }
  });
}

// expression : match kind annotations;
TableKey* ProgramReader::read_key() {
  auto* const key = make<TableKey>(begin());
  key->expression = read_expression();
  if (!is_panicking() && is(Symbol::Semicolon)) {
    fail(peek().where, "this part of the key has no match kind", "write ': exact', ': lpm' or ': ternary' before ';'");
  }
  expect(Symbol::Colon, "after the key's expression");
  key->match_kind = expect_name("the match kind after ':'");
  key->annotations = read_annotations();
  expect_semicolon("after the part of the key");
  return finished(key);
}

void ProgramReader::read_actions(TableDeclaration& table) {
  table.has_actions = true;
  read_braced("around the actions", [&] {
    TableAction* const action = read_table_action(read_annotations());
    expect_semicolon("after the action");
    if (!is_panicking()) {
      table.actions.push_back(action);
    }
  });
}

// name, .name, name(arguments)
TableAction* ProgramReader::read_table_action(Annotations annotations) {
  auto* const action = make<TableAction>(annotations.empty() ? begin() : annotations.front()->where.begin);
  action->annotations = std::move(annotations);
  if (is_panicking()) {
    return action;
  }
  action->is_global = accept(Symbol::Dot);
  action->name = expect_name("the action");
  if (!is_panicking() && is(Symbol::LeftParenthesis)) {
    action->has_arguments = true;
    action->arguments = read_arguments();
  }
  return finished(action);
}

void ProgramReader::read_entries(TableDeclaration& table, bool is_const) {
  table.has_entries = true;
  table.entries_const = is_const;
  read_braced("around the entries", [&] {
    TableEntry* const entry = read_entry();
    if (!is_panicking()) {
      table.entries.push_back(entry);
    }
  });
}

// [const] [priority = p :] keysets : action(arguments) annotations;
TableEntry* ProgramReader::read_entry() {
  auto* const entry = make<TableEntry>(begin());
  entry->is_const = accept(Keyword::Const);
  if (is(Keyword::Priority) && is(Symbol::Assign, 1)) {
    entry->priority = read_priority();
  }
  if (!is_panicking()) {
    entry->keysets = read_keysets();
  }
  expect(Symbol::Colon, "after the entry's keysets");
  entry->action = read_table_action({});
  entry->annotations = read_annotations();
  expect_semicolon("after the entry");
  return finished(entry);
}

Expression* ProgramReader::read_priority() {
  take();
  take();
  Expression* priority = nothing();
  if (peek().kind == TokenKind::Number || is(Symbol::LeftParenthesis)) {
    priority = read_primary();
  } else {
    fail_expected("a number, or an expression in parentheses, as the priority");
  }
  expect(Symbol::Colon, "after the priority");
  return priority;
}

}  // namespace outrigger::p4
