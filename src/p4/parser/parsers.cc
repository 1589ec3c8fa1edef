// Parsers (P4-16 §12): locals, states, transitions and `select`.
#include <fmt/format.h>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

Declaration* ProgramReader::read_parser(Annotations annotations) {
  auto* const parser = make<ParserDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  parser->annotations = std::move(annotations);
  take();
  const uint32_t name = position();
  parser->name = expect_name("the parser");
  if (is_panicking()) {
    return parser;
  }
  declare_type(name);
  const Scope scope(*this);
  parser->type_parameters = read_type_parameters();
  parser->parameters = read_parameters();
  if (is_panicking() || accept(Symbol::Semicolon)) {
    return finished(parser);
  }
  if (is(Symbol::LeftParenthesis)) {
    parser->constructor_parameters = read_parameters();
  }
  parser->has_body = true;
  read_parser_body(*parser);
  return finished(parser);
}

void ProgramReader::read_parser_body(ParserDeclaration& parser) {
  if (is_panicking()) {
    return;
  }
  read_braced(fmt::format("around the body of the parser '{}'", parser.name.text), [&] {
    if (is(Symbol::Semicolon)) {
      fail(peek().where, "a ';' alone may not stand in a parser", "remove it");
      return;
    }
    Annotations annotations = read_annotations();
    if (is(Keyword::State)) {
      ParserState* const state = read_state(std::move(annotations));
      if (!is_panicking()) {
        parser.states.push_back(state);
      }
      return;
    }
    const SourceRange where = peek().where;
    Declaration* const local = read_parser_local(std::move(annotations));
    if (!is_panicking()) {
      parser.locals.push_back(local);
      if (!parser.states.empty()) {
        tell(where, "the declarations of a parser must stand before its states", "move it before the first state");
      }
    }
  });
}

Declaration* ProgramReader::read_parser_local(Annotations annotations) {
  if (is_panicking()) {
    return nullptr;
  }
  if (is(Keyword::Const)) {
    return read_constant(std::move(annotations));
  }
  if (is(Keyword::ValueSet)) {
    return read_value_set(std::move(annotations));
  }
  if (is_keyword_type(position()) || peek().kind == TokenKind::Identifier || is(Symbol::Dot)) {
    return read_variable_or_instantiation(std::move(annotations));
  }
  std::string remedy;
  if (is(Keyword::Table) || is(Keyword::Action) || is(Keyword::Apply)) {
    remedy = fmt::format("'{}' belongs into a control", peek().text);
  } else if (is(Keyword::Transition)) {
    remedy = "'transition' belongs into a state";
  }
  fail_expected("a state or a declaration", std::move(remedy));
  return nullptr;
}

// value_set<type>(size) name;
Declaration* ProgramReader::read_value_set(Annotations annotations) {
  auto* const set = make<ValueSetDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  set->annotations = std::move(annotations);
  take();
  const uint32_t types = position();
  expect(Symbol::Less, "after 'value_set'");
  set->type = read_type();
  expect_closing(Symbol::Greater, types, "after the type of the value set");
  const uint32_t open = position();
  expect(Symbol::LeftParenthesis, "before the size of the value set");
  set->size = read_expression();
  expect_closing(Symbol::RightParenthesis, open, "after the size of the value set");
  const uint32_t name = position();
  set->name = expect_name("the value set");
  expect_semicolon("after the value set");
  if (!is_panicking()) {
    declare_object(name);
  }
  return finished(set);
}

ParserState* ProgramReader::read_state(Annotations annotations) {
  const Scope scope(*this);
  auto* const state = make<ParserState>(annotations.empty() ? begin() : annotations.front()->where.begin);
  state->annotations = std::move(annotations);
  take();
  state->name = expect_name("the state");
  if (is_panicking()) {
    return state;
  }
  read_braced(fmt::format("around the body of the state '{}'", state->name.text), [&] {
    if (state->transition != nullptr) {
      fail(peek().where, "nothing may stand after the transition of a state",
           is(Symbol::Semicolon) ? "remove the ';'" : "move it before 'transition'");
    } else if (is(Keyword::Transition)) {
      Transition* const transition = read_transition();
      state->transition = is_panicking() ? nullptr : transition;
    } else {
      Statement* const statement = read_state_statement();
      if (!is_panicking()) {
        state->statements.push_back(statement);
      }
    }
  });
  return finished(state);
}

// The statements that a parser may have (§12.4): no switch, loop, return or exit.
Statement* ProgramReader::read_state_statement() {
  const bool is_forbidden = is(Keyword::Switch) || is(Keyword::For) || is(Keyword::Return) || is(Keyword::Exit) ||
                            is(Keyword::Break) || is(Keyword::Continue);
  if (is_forbidden) {
    fail(peek().where, fmt::format("'{}' may not stand in a parser's state", peek().text),
         is(Keyword::Switch) ? "use 'transition select (…)'" : "");
    return nullptr;
  }
  return read_statement();
}

Transition* ProgramReader::read_transition() {
  auto* const transition = make<Transition>(begin());
  take();
  if (!is(Keyword::Select)) {
    transition->state = expect_name("the state after 'transition'");
    expect_semicolon("after the transition");
    return finished(transition);
  }
  transition->is_select = true;
  take();
  const uint32_t open = position();
  expect(Symbol::LeftParenthesis, "after 'select'");
  if (!is_panicking()) {
    transition->selected = read_expressions(Symbol::RightParenthesis);
  }
  expect_closing(Symbol::RightParenthesis, open, "after what 'select' goes by");
  if (is_panicking()) {
    return transition;
  }
  read_braced("around the cases of 'select'", [&] {
    SelectCase* const one = read_select_case();
    if (!is_panicking()) {
      transition->cases.push_back(one);
    }
  });
  return finished(transition);
}

SelectCase* ProgramReader::read_select_case() {
  auto* const one = make<SelectCase>(begin());
  one->keysets = read_keysets();
  expect(Symbol::Colon, "after the keyset");
  one->state = expect_name("the state after ':'");
  expect_semicolon("after the case of 'select'");
  return finished(one);
}

}  // namespace outrigger::p4
