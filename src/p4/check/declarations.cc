// Declarations (P4-16 §7.2, §10): which may stand where, constants, variables.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/silence.h"

namespace outrigger::p4 {

namespace {

bool is_type_declaration(DeclarationKind kind) {
  switch (kind) {
    case DeclarationKind::Struct:
    case DeclarationKind::Header:
    case DeclarationKind::HeaderUnion:
    case DeclarationKind::Enum:
    case DeclarationKind::Error:
    case DeclarationKind::MatchKind:
    case DeclarationKind::Typedef:
    case DeclarationKind::NewType: return true;
    default: return false;
  }
}

bool is_object(const Type* type) {
  return type->is(TypeKind::Extern) || type->is(TypeKind::Parser) || type->is(TypeKind::Control) ||
         type->is(TypeKind::Package);
}

}  // namespace

void Checker::check_declaration(Declaration& declaration) {
  const Silence silence(silenced_, declaration.annotations);
  check_annotations(declaration.annotations, &declaration);
  if (is_type_declaration(declaration.kind)) {
    check_type_declaration(declaration);
    return;
  }
  switch (declaration.kind) {
    case DeclarationKind::Constant: check_constant(to<ConstantDeclaration>(declaration)); return;
    case DeclarationKind::Variable: check_variable(to<VariableDeclaration>(declaration)); return;
    case DeclarationKind::Instantiation: check_instantiation(to<InstantiationDeclaration>(declaration)); return;
    case DeclarationKind::Extern:
    case DeclarationKind::Function:
    case DeclarationKind::Action: check_callable(declaration); return;
    case DeclarationKind::Parser: check_parser(to<ParserDeclaration>(declaration)); return;
    case DeclarationKind::Control: check_control(to<ControlDeclaration>(declaration)); return;
    case DeclarationKind::Package: check_package(to<PackageDeclaration>(declaration)); return;
    case DeclarationKind::Table: check_table(to<TableDeclaration>(declaration)); return;
    case DeclarationKind::ValueSet: check_value_set(to<ValueSetDeclaration>(declaration)); return;
    default: outrigger::check(false, "a declaration that stands by itself");
  }
}

void Checker::check_type_declaration(Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Enum: check_enum(to<EnumDeclaration>(declaration)); return;
    case DeclarationKind::Error: check_errors(to<ErrorDeclaration>(declaration)); return;
    case DeclarationKind::MatchKind: check_match_kinds(to<MatchKindDeclaration>(declaration)); return;
    case DeclarationKind::Typedef: check_typedef(to<TypedefDeclaration>(declaration)); return;
    case DeclarationKind::NewType: check_new_type(to<NewTypeDeclaration>(declaration)); return;
    default: check_struct_like(*as_struct_like(&declaration)); return;
  }
}

// P4-16 §11.1 "Constants".
void Checker::check_constant(ConstantDeclaration& constant) {
  const Type* type = resolve(*constant.type);
  if (is_object(type) || type->is(TypeKind::Void)) {
    error(constant.type->where, fmt::format("a constant cannot have the type '{}'", to_text(type)),
          is_object(type) ? "instantiate it: Type(arguments) name;" : "");
    type = types_.poison();
  } else if (!check_extent(type, constant.type->where)) {
    type = types_.poison();
  }
  constant.checked_type = type;
  Expression& initial = *constant.initial;
  if (check_as(initial, type, fmt::format("the value of constant '{}'", constant.name.text))) {
    if (!initial.is_known) {
      error(initial.where, fmt::format("the value of constant '{}' is not known at compile time", constant.name.text),
            "declare a variable, without 'const', inside the block that uses it");
    } else {
      constant.value = converted_value(initial);
    }
  }
  declare(constant);
}

// P4-16 §11.2 "Variables".
void Checker::check_variable(VariableDeclaration& variable) {
  const Type* type = resolve(*variable.type);
  const SourceRange where = variable.type->where;
  if (site_ == Site::TopLevel) {
    error(variable.name.where,
          fmt::format("variable '{}' is outside of any parser, control or function", variable.name.text),
          "only constants may be there: write 'const' in front, or move it");
  }
  bool is_good = true;
  if (type->is(TypeKind::Int)) {
    error(where, fmt::format("variable '{}' cannot have the type 'int', which is for constants", variable.name.text),
          "give it a width, as int<32>, or make it a constant");
    is_good = false;
  } else if (is_object(type)) {
    error(where, fmt::format("variable '{}' cannot have the type '{}'", variable.name.text, to_text(type)),
          "instantiate it: Type(arguments) name;");
    is_good = false;
  } else if (type->is(TypeKind::String) || type->is(TypeKind::Void) || type->is(TypeKind::MatchKind)) {
    error(where, fmt::format("variable '{}' cannot have the type '{}'", variable.name.text, to_text(type)));
    is_good = false;
  } else if (extent(type).holds_constants) {
    error(where,
          fmt::format("variable '{}' cannot have the type '{}': int, string, match_kind and lists are for constants",
                      variable.name.text, to_text(type)),
          "give each int in it a width, and leave strings and match kinds out");
    is_good = false;
  } else {
    is_good = check_extent(type, where);
  }
  variable.checked_type = is_good ? type : types_.poison();
  if (variable.initial != nullptr) {
    check_as(*variable.initial, variable.checked_type, fmt::format("the initial value of '{}'", variable.name.text));
  }
  declare(variable);
}

}  // namespace outrigger::p4
