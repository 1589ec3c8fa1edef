// Declarations of the top level, and those that parsers, controls and blocks share: constants, variables, instances,
// functions, actions and parameters (P4-16 §10, §11.1–§11.3).
#include <fmt/format.h>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

ProgramReader::ProgramReader(const SourceText& source, Program& program, Diagnostics& diagnostics)
    : TokenCursor(source, diagnostics),
      program_(program),
      nothing_(program.arena.make<DefaultExpression>()),
      no_type_(program.arena.make<NamedTypeRef>()) {}

void ProgramReader::count_node() {
  if (program_.arena.size() >= nodes_max) {
    fail(peek().where, fmt::format("the program has more than the {} parts that one compilation keeps", nodes_max));
    resume_at(none - 1);  // nothing more can be kept
  }
}

void ProgramReader::go_deeper() {
  if (++depth_ > nesting_depth_max) {
    fail(peek().where, fmt::format("what is here is nested more than {} deep", nesting_depth_max));
  }
}

void ProgramReader::run() {
  while (!is_at_end() && !diagnostics().is_full() && !is_foreign_) {
    read_top_level();
  }
}

void ProgramReader::read_top_level() {
  if (accept(Symbol::Semicolon)) {
    return;
  }
  const uint32_t before = position();
  if (is(Symbol::RightBrace)) {
    if (partner(before) == none) {  // else it closes what an error was in
      tell(peek().where, "this '}' closes nothing");
    }
    take();
    return;
  }
  Declaration* const declaration = read_declaration();
  if (!is_panicking()) {
    program_.declarations.push_back(declaration);
    return;
  }
  recover(before);
}

// Null while panicking.
Declaration* ProgramReader::read_declaration() {
  Annotations annotations = read_annotations();
  if (is_panicking()) {
    return nullptr;
  }
  if (peek().kind == TokenKind::Keyword) {
    switch (static_cast<Keyword>(peek().which)) {
      case Keyword::Const: return read_constant(std::move(annotations));
      case Keyword::Extern: return read_extern(std::move(annotations));
      case Keyword::Action: return read_action(std::move(annotations));
      case Keyword::Parser: return read_parser(std::move(annotations));
      case Keyword::Control: return read_control(std::move(annotations));
      case Keyword::Package: return read_package(std::move(annotations));
      case Keyword::ValueSet: return read_value_set(std::move(annotations));
      case Keyword::Typedef: return read_typedef(std::move(annotations));
      case Keyword::Type: return read_new_type(std::move(annotations));
      case Keyword::Struct:
      case Keyword::Header:
      case Keyword::HeaderUnion:
      case Keyword::Enum: return read_derived_type(std::move(annotations));
      default: break;
    }
  }
  if (is(Keyword::Error) && is(Symbol::LeftBrace, 1)) {
    return read_error(std::move(annotations));
  }
  if (is(Keyword::MatchKind) && is(Symbol::LeftBrace, 1)) {
    return read_match_kind(std::move(annotations));
  }
  return read_other_declaration(std::move(annotations));
}

// Is what begins here one of the declarations that only P4_14 has? One error says so, and no more is read.
bool ProgramReader::is_of_p4_14() {
  const std::string_view word = peek().text;
  const bool is_declared = peek(1).kind == TokenKind::Identifier && is(Symbol::LeftBrace, 2);
  if (!is_declared || (word != "header_type" && word != "field_list" && word != "field_list_calculation")) {
    return false;
  }
  fail(peek().where, fmt::format("this is P4_14: '{}' is not of the P4 that this compiler takes, which is P4_16", word),
       "translate the program to P4_16");
  is_foreign_ = true;
  return true;
}

// A function or an instance: both begin with a type.
Declaration* ProgramReader::read_other_declaration(Annotations annotations) {
  const uint32_t first = annotations.empty() ? begin() : annotations.front()->where.begin;
  const bool is_type = is_keyword_type(position()) || peek().kind == TokenKind::Identifier || is(Symbol::Dot);
  if (!is_type) {
    std::string remedy;
    if (is(Keyword::Table) || is(Keyword::State) || is(Keyword::Apply)) {
      remedy = fmt::format("'{}' belongs into a {}", peek().text, is(Keyword::State) ? "parser" : "control");
    }
    fail_expected("a declaration", std::move(remedy));
    return nullptr;
  }
  if (is_of_p4_14()) {
    return nullptr;
  }
  TypeRef* const type = read_type_or_void();
  if (is_panicking()) {
    return nullptr;
  }
  if (is(Symbol::LeftParenthesis)) {
    return read_instantiation(type, first, std::move(annotations));
  }
  if (is_name() && (is(Symbol::Semicolon, 1) || is(Symbol::Assign, 1) || is(Symbol::LeftBracket, 1))) {
    Declaration* const variable = read_variable(type, first, std::move(annotations), true);
    if (!is_panicking()) {
      tell(variable->name.where, "variables may not be declared at the top level",
           "declare it in a control or parser, or make it a constant with 'const'");
    }
    return variable;
  }
  return read_function(type, first, std::move(annotations), false);
}

Declaration* ProgramReader::read_constant(Annotations annotations) {
  auto* const constant = make<ConstantDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  constant->annotations = std::move(annotations);
  take();
  constant->type = read_type();
  const uint32_t name = position();
  constant->name = expect_name("the constant");
  constant->type = with_sizes(constant->type);
  if (!is_panicking() && !is(Symbol::Assign)) {
    fail_expected(fmt::format("'=' and the value of the constant '{}'", constant->name.text));
  }
  accept(Symbol::Assign);
  constant->initial = read_expression();
  expect_semicolon("after the constant");
  declare_object(name);
  return finished(constant);
}

Declaration* ProgramReader::read_variable(TypeRef* type, uint32_t first, Annotations annotations, bool has_semicolon) {
  auto* const variable = make<VariableDeclaration>(first);
  variable->annotations = std::move(annotations);
  variable->type = type;
  const uint32_t name = position();
  variable->name = expect_name("the variable");
  variable->type = with_sizes(variable->type);
  if (!is_panicking() && accept(Symbol::Assign)) {
    variable->initial = read_expression();
  }
  if (has_semicolon) {
    expect_semicolon(fmt::format("after the declaration of '{}'", variable->name.text));
  }
  if (is_name(token(name))) {
    declare_object(name);
  }
  return finished(variable);
}

Declaration* ProgramReader::read_instantiation(TypeRef* type, uint32_t first, Annotations annotations) {
  auto* const instance = make<InstantiationDeclaration>(first);
  instance->annotations = std::move(annotations);
  instance->type = type;
  instance->arguments = read_arguments();
  const uint32_t name = position();
  instance->name = expect_name("the instance");
  if (is_panicking()) {
    return instance;
  }
  if (accept(Symbol::Assign)) {
    instance->has_initializer = true;
    read_initializer(*instance);
  }
  expect_semicolon(fmt::format("after the instance '{}'", instance->name.text));
  declare_object(name);
  return finished(instance);
}

// The abstract methods of an instance, and instances that they use (§11.3.1).
void ProgramReader::read_initializer(InstantiationDeclaration& instance) {
  const Scope scope(*this);
  const Nesting nesting(*this);
  if (is_panicking()) {
    return;
  }
  read_braced("around the methods of the instance", [&] {
    if (accept(Symbol::Semicolon)) {
      return;
    }
    Declaration* const declaration = read_other_declaration(read_annotations());
    if (is_panicking()) {
      return;
    }
    if (declaration->kind == DeclarationKind::Function || declaration->kind == DeclarationKind::Instantiation) {
      instance.initializer.push_back(declaration);
    }
  });
}

Declaration* ProgramReader::read_variable_or_instantiation(Annotations annotations) {
  const uint32_t first = annotations.empty() ? begin() : annotations.front()->where.begin;
  const bool is_function = is_name(1) && (is(Symbol::LeftParenthesis, 2) || is(Symbol::Less, 2));
  TypeRef* const type = is_function ? read_type_or_void() : read_type();
  if (is_panicking()) {
    return nullptr;
  }
  if (is(Symbol::LeftParenthesis)) {
    return read_instantiation(type, first, std::move(annotations));
  }
  if (is_name() && (is(Symbol::LeftParenthesis, 1) || is(Symbol::Less, 1))) {
    const SourceRange name = peek().where;
    Declaration* const function = read_function(type, first, std::move(annotations), false);
    tell(name, "functions may only be declared at the top level", "move it out, or make it an action");
    return function;
  }
  return read_variable(type, first, std::move(annotations), true);
}

FunctionDeclaration* ProgramReader::read_function(TypeRef* result, uint32_t first, Annotations annotations,
                                                  bool is_extern) {
  auto* const function = make<FunctionDeclaration>(first);
  function->annotations = std::move(annotations);
  function->result = result;
  const uint32_t name = position();
  function->name = expect_name("the function");
  if (is_panicking()) {
    return function;
  }
  declare_object(name);
  const Scope scope(*this);
  function->type_parameters = read_type_parameters();
  function->parameters = read_parameters();
  if (is_extern) {
    expect_semicolon(fmt::format("after the extern function '{}'", function->name.text));
    return finished(function);
  }
  if (!is_panicking() && is(Symbol::Semicolon)) {
    fail(peek().where, fmt::format("the function '{}' has no body", function->name.text),
         "write its statements in braces, or 'extern' before it");
  }
  if (!is_panicking()) {
    function->body = read_block(read_annotations());
  }
  return finished(function);
}

Declaration* ProgramReader::read_action(Annotations annotations) {
  auto* const action = make<ActionDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  action->annotations = std::move(annotations);
  take();
  const uint32_t name = position();
  action->name = expect_name("the action");
  if (is_panicking()) {
    return action;
  }
  declare_object(name);
  const Scope scope(*this);
  action->parameters = read_parameters();
  if (!is_panicking()) {
    action->body = read_block(read_annotations());
  }
  return finished(action);
}

// After an error among the parameters, reading goes on behind them.
std::vector<Parameter*> ProgramReader::read_parameters() {
  std::vector<Parameter*> parameters;
  const uint32_t open = position();
  if (!expect(Symbol::LeftParenthesis, "before the parameters")) {
    return parameters;
  }
  while (!is_panicking() && !is(Symbol::RightParenthesis)) {
    Parameter* const parameter = read_parameter();
    if (!is_panicking()) {
      parameters.push_back(parameter);
    }
    if (!accept(Symbol::Comma)) {
      break;
    }
    if (is(Symbol::RightParenthesis)) {
      fail_expected("a parameter after ','", "remove the ','");
    }
  }
  expect_closing(Symbol::RightParenthesis, open, "after the parameters");
  if (is_panicking() && partner(open) != none && partner(open) >= position()) {
    resume_at(partner(open) + 1);
  }
  return parameters;
}

Parameter* ProgramReader::read_parameter() {
  auto* const parameter = make<Parameter>(begin());
  parameter->annotations = read_annotations();
  if (accept(Keyword::In)) {
    parameter->direction = Direction::In;
  } else if (accept(Keyword::Out)) {
    parameter->direction = Direction::Out;
  } else if (accept(Keyword::InOut)) {
    parameter->direction = Direction::InOut;
  }
  parameter->type = read_type();
  const uint32_t name = position();
  parameter->name = expect_name("the parameter");
  parameter->type = with_sizes(parameter->type);
  if (is_panicking()) {
    return parameter;
  }
  if (accept(Symbol::Assign)) {
    parameter->default_value = read_expression();
  }
  declare_object(name);
  return finished(parameter);
}

bool ProgramReader::is_declaration() const {
  const uint32_t at = position();
  if (is_keyword_type(at)) {
    return !(is(Keyword::Error) && is(Symbol::Dot, 1));
  }
  const uint32_t name = is(Symbol::Dot) ? at + 1 : at;
  if (token(name).kind != TokenKind::Identifier) {
    return false;
  }
  const Token& next = token(name + 1);
  if (is_name(next)) {
    return true;
  }
  switch (kind_of_name(at)) {
    case NameKind::Object: return false;
    case NameKind::Type: {
      const uint32_t end = next.is(Symbol::Less) ? after_type_arguments(name + 1, true) : name + 1;
      return end == none || !token(end).is(Symbol::Dot);
    }
    case NameKind::Unknown: {
      // As a declaration only where nothing else is possible: Unknown[3] x; Unknown(5) x; Unknown<bit<8>>(5) x;
      uint32_t end = next.is(Symbol::Less) ? after_type(at, true) : name + 1;
      if (end != none && (token(end).is(Symbol::LeftParenthesis) || token(end).is(Symbol::LeftBracket))) {
        end = partner(end) == none ? none : partner(end) + 1;
      }
      return end != none && is_name(token(end));
    }
  }
  return false;
}

}  // namespace outrigger::p4
