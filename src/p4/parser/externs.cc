// Externs and packages (P4-16 §7.2.9, §7.2.12): what an architecture declares.
#include <fmt/format.h>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

Declaration* ProgramReader::read_extern(Annotations annotations) {
  const uint32_t first = annotations.empty() ? begin() : annotations.front()->where.begin;
  take();
  if (is_extern_object()) {
    return read_extern_object(first, std::move(annotations));
  }
  TypeRef* const result = read_type_or_void();
  if (is_panicking()) {
    return nullptr;
  }
  if (is(Symbol::Semicolon) || is(Symbol::LeftParenthesis)) {
    fail_expected("the name of the extern function after its result type",
                  "an extern is extern Name { methods } or extern result name(parameters);");
    return nullptr;
  }
  return read_function(result, first, std::move(annotations), true);
}

// Name { or Name<T, …> {, rather than the result type of a function.
bool ProgramReader::is_extern_object() const {
  if (!is_name()) {
    return false;
  }
  uint32_t end = position() + 1;
  if (token(end).is(Symbol::Less)) {
    ++end;
    while (is_name(token(end)) || token(end).is(Symbol::Comma)) {
      ++end;
    }
    if (!token(end).is(Symbol::Greater)) {
      return false;
    }
    ++end;
  }
  return token(end).is(Symbol::LeftBrace);
}

Declaration* ProgramReader::read_extern_object(uint32_t first, Annotations annotations) {
  auto* const object = make<ExternDeclaration>(first);
  object->annotations = std::move(annotations);
  const uint32_t name = position();
  object->name = expect_name("the extern");
  declare_type(name);
  const Scope scope(*this);
  object->type_parameters = read_type_parameters();
  if (is_panicking()) {
    return object;
  }
  read_braced("around the methods", [&] {
    if (accept(Symbol::Semicolon)) {
      return;
    }
    MethodDeclaration* const method = read_method();
    if (!is_panicking()) {
      object->methods.push_back(method);
    }
  });
  return finished(object);
}

MethodDeclaration* ProgramReader::read_method() {
  auto* const method = make<MethodDeclaration>(begin());
  method->annotations = read_annotations();
  method->is_abstract = accept(Keyword::Abstract);
  method->is_constructor = is_name() && is(Symbol::LeftParenthesis, 1);
  if (!method->is_constructor) {
    method->result = read_type_or_void();
  }
  method->name = expect_name("the method");
  if (is_panicking()) {
    return method;
  }
  const Scope scope(*this);
  method->type_parameters = read_type_parameters();
  method->parameters = read_parameters();
  if (!is_panicking() && is(Symbol::LeftBrace)) {
    fail(peek().where, fmt::format("the method '{}' of an extern has no body", method->name.text), "end it with ';'");
  }
  expect_semicolon(fmt::format("after the method '{}'", method->name.text));
  return finished(method);
}

Declaration* ProgramReader::read_package(Annotations annotations) {
  auto* const package = make<PackageDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  package->annotations = std::move(annotations);
  take();
  const uint32_t name = position();
  package->name = expect_name("the package");
  if (is_panicking()) {
    return package;
  }
  declare_type(name);
  const Scope scope(*this);
  package->type_parameters = read_type_parameters();
  package->constructor_parameters = read_parameters();
  expect_semicolon(fmt::format("after the package '{}'", package->name.text));
  return finished(package);
}

}  // namespace outrigger::p4
