// Controls (P4-16 §13).
#include <fmt/format.h>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

Declaration* ProgramReader::read_control(Annotations annotations) {
  auto* const control = make<ControlDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  control->annotations = std::move(annotations);
  take();
  const uint32_t name = position();
  control->name = expect_name("the control");
  if (is_panicking()) {
    return control;
  }
  declare_type(name);
  const Scope scope(*this);
  control->type_parameters = read_type_parameters();
  control->parameters = read_parameters();
  if (is_panicking() || accept(Symbol::Semicolon)) {
    return finished(control);
  }
  if (is(Symbol::LeftParenthesis)) {
    control->constructor_parameters = read_parameters();
  }
  control->has_body = true;
  read_control_body(*control);
  return finished(control);
}

void ProgramReader::read_control_body(ControlDeclaration& control) {
  if (is_panicking()) {
    return;
  }
  read_braced(fmt::format("around the body of the control '{}'", control.name.text), [&] {
    if (control.apply != nullptr) {
      fail(peek().where, fmt::format("nothing may stand after the 'apply' of the control '{}'", control.name.text),
           is(Symbol::Semicolon) ? "remove the ';'" : "move it before 'apply'");
    } else if (is(Keyword::Apply)) {
      take();
      control.apply = read_block(read_annotations());
    } else {
      Declaration* const local = read_control_local(read_annotations());
      if (!is_panicking()) {
        control.locals.push_back(local);
      }
    }
  });
  if (control.apply == nullptr) {
    tell(control.name.where, fmt::format("the control '{}' has no 'apply'", control.name.text),
         "add apply { … } as the last of its body");
    control.apply = finished(make<BlockStatement>(previous().where.begin));
  }
}

Declaration* ProgramReader::read_control_local(Annotations annotations) {
  if (is_panicking()) {
    return nullptr;
  }
  if (is(Keyword::Const)) {
    return read_constant(std::move(annotations));
  }
  if (is(Keyword::Action)) {
    return read_action(std::move(annotations));
  }
  if (is(Keyword::Table)) {
    return read_table(std::move(annotations));
  }
  if (is_keyword_type(position()) || peek().kind == TokenKind::Identifier || is(Symbol::Dot)) {
    const bool is_statement = !is_declaration() && !is_keyword_type(position());
    if (is_statement) {
      fail(peek().where, "expected a declaration or 'apply', found a statement", "statements belong into apply { … }");
      return nullptr;
    }
    return read_variable_or_instantiation(std::move(annotations));
  }
  std::string remedy;
  if (is(Keyword::State)) {
    remedy = "'state' belongs into a parser";
  } else if (is(Keyword::If) || is(Keyword::Switch) || is(Keyword::Return) || is(Keyword::Exit) || is(Keyword::For)) {
    remedy = "statements belong into apply { … }";
  }
  fail_expected("a declaration or 'apply'", std::move(remedy));
  return nullptr;
}

}  // namespace outrigger::p4
