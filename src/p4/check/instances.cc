// Instances of externs, parsers, controls and packages (P4-16 §11.3, §15, appendix on restrictions): with a name, and
// as expressions.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/restored.h"
#include "p4/check/unifier.h"

namespace outrigger::p4 {

namespace {

std::string_view noun_of(const Declaration& target) {
  switch (target.kind) {
    case DeclarationKind::Parser: return "parser";
    case DeclarationKind::Control: return "control";
    case DeclarationKind::Package: return "package";
    default: return "extern";
  }
}

// The second table of the appendix.
bool may_be_made(const Declaration& target, Site site) {
  switch (target.kind) {
    case DeclarationKind::Package: return site == Site::TopLevel || site == Site::Package;
    case DeclarationKind::Parser: return site == Site::Package || site == Site::ParserLocal;
    case DeclarationKind::Control: return site == Site::Package || site == Site::ControlLocal;
    default:
      return site == Site::TopLevel || site == Site::Package || site == Site::ParserLocal ||
             site == Site::ControlLocal || site == Site::TableProperty;
  }
}

std::string_view remedy_of(const Declaration& target) {
  switch (target.kind) {
    case DeclarationKind::Package: return "packages are instantiated at the top level";
    case DeclarationKind::Parser:
      return "instantiate it in a parser, before the states, or as an argument of a package: Package(Parser()) main;";
    case DeclarationKind::Control:
      return "instantiate it in a control, or as an argument of a package: Package(Control()) main;";
    default: return "instantiate it at the top level, or among the declarations of a parser or control";
  }
}

bool has_body(const Declaration& target) {
  if (const auto* const parser = as<ParserDeclaration>(&target)) {
    return parser->has_body;
  }
  const auto* const control = as<ControlDeclaration>(&target);
  return control == nullptr || control->has_body;
}

bool has_abstract_methods(const Declaration& target) {
  const auto* const declaration = as<ExternDeclaration>(&target);
  return declaration != nullptr && std::ranges::any_of(declaration->methods, &MethodDeclaration::is_abstract);
}

std::span<Parameter* const> constructor_parameters_of(const Declaration& target) {
  switch (target.kind) {
    case DeclarationKind::Parser: return to<ParserDeclaration>(target).constructor_parameters;
    case DeclarationKind::Control: return to<ControlDeclaration>(target).constructor_parameters;
    case DeclarationKind::Package: return to<PackageDeclaration>(target).constructor_parameters;
    default: return {};
  }
}

std::string_view constructor_noun(const Declaration& target) {
  switch (target.kind) {
    case DeclarationKind::Parser: return "constructor of parser";
    case DeclarationKind::Control: return "constructor of control";
    case DeclarationKind::Package: return "package";
    default: return "constructor of extern";
  }
}

}  // namespace

Signature Checker::constructor_signature(const Declaration& declaration, const MethodDeclaration* constructor,
                                         const Type* type) {
  Signature signature;
  signature.declaration = constructor != nullptr ? static_cast<const Declaration*>(constructor) : &declaration;
  signature.noun = constructor_noun(declaration);
  signature.parameters = constructor != nullptr ? std::span<Parameter* const>(constructor->parameters)
                                                : constructor_parameters_of(declaration);
  const std::span<TypeParameter* const> variables = type_parameters_of(declaration);
  if (type != nullptr && type->arguments.size() == variables.size()) {
    for (size_t i = 0; i < variables.size(); ++i) {
      signature.object.emplace(types_.variable(*variables[i]), type->arguments[i]);
    }
    signature.result = type;
  } else {
    signature.type_parameters = variables;
    signature.result = declaration.checked_type;
  }
  return signature;
}

bool Checker::check_instance_site(const Declaration& target, SourceRange where) {
  if (!may_be_made(target, site_)) {
    error(where, fmt::format("{} '{}' cannot be instantiated here", noun_of(target), target.name.text),
          std::string(remedy_of(target)));
    return false;
  }
  if (!has_body(target)) {
    error(where,
          fmt::format("'{}' is only a type of {}s and cannot be instantiated", target.name.text, noun_of(target)),
          fmt::format("declare a {} with these parameters and a body, and instantiate that", noun_of(target)));
    return false;
  }
  return true;
}

const Type* Checker::check_instance(TypeRef& ref, std::vector<Argument>& arguments, SourceRange where,
                                    Declaration*& target, Binding& binding) {
  std::vector<const Type*> given;
  Declaration* found = resolve_constructed(ref, given);
  if (found != nullptr && found->kind == DeclarationKind::Package) {
    const Scopes::Overloads& named = scopes_.lookup(found->name.text, true);
    found = named.size() > 1 ? choose_overload(named, arguments, where, found->name.text) : found;
  }
  if (found == nullptr || !check_instance_site(*found, ref.where)) {
    return types_.poison();
  }
  warn_deprecated(*found, ref.where);
  const Restored site(site_, found->kind == DeclarationKind::Package ? Site::Package : site_);
  const Type* const type = bind_constructor(*found, given, arguments, where, binding);
  if (!type->is_poison()) {
    target = found;
    ref.type = type;
  }
  return type;
}

const Type* Checker::bind_constructor(Declaration& target, std::span<const Type* const> given,
                                      std::vector<Argument>& arguments, SourceRange where, Binding& binding) {
  const MethodDeclaration* constructor = nullptr;
  if (const auto* const declaration = as<ExternDeclaration>(&target)) {
    Scopes::Overloads overloads;
    std::ranges::copy_if(declaration->methods, std::back_inserter(overloads),
                         [](const Declaration* method) { return to<MethodDeclaration>(*method).is_constructor; });
    if (overloads.empty()) {
      error(where, fmt::format("extern '{}' has no constructor", target.name.text),
            "only the architecture makes instances of it, and passes them as parameters")
          .note(target.name.where, fmt::format("'{}' is declared here", target.name.text));
      return types_.poison();
    }
    constructor = as<MethodDeclaration>(choose_overload(overloads, arguments, where, target.name.text));
    if (constructor == nullptr) {
      return types_.poison();
    }
  }
  const Signature signature = constructor_signature(target, constructor, nullptr);
  if (!bind(signature, given, arguments, where, binding) || binding.result == nullptr) {
    return types_.poison();
  }
  bool is_known = true;
  for (const BoundArgument& argument : binding.arguments) {
    if (argument.value != nullptr && !argument.value->is_known && argument.value->kind != ExpressionKind::DontCare &&
        !argument.value->type->is_poison()) {
      error(argument.value->where,
            fmt::format("the argument '{}' of {} '{}' is not known at compile time", argument.parameter->name.text,
                        signature.noun, target.name.text),
            "use constants, instances, and parameters of constructors only");
      is_known = false;
    }
  }
  return is_known && check_type_arguments(binding.result, where) ? binding.result : types_.poison();
}

bool Checker::check_type_arguments(const Type* type, SourceRange where) {
  if ((!type->is(TypeKind::Parser) && !type->is(TypeKind::Control)) ||
      std::ranges::none_of(type->arguments, is_wildcard)) {
    return true;
  }
  const Declaration& of = *type->declaration;
  error(where, fmt::format("a type argument of {} '{}' cannot be inferred", noun_of(of), of.name.text),
        "write a type in place of '_'");
  return false;
}

void Checker::check_instantiation(InstantiationDeclaration& instantiation) {
  instantiation.checked_type = check_instance(*instantiation.type, instantiation.arguments, instantiation.where,
                                              instantiation.target, instantiation.binding);
  if (instantiation.target != nullptr &&
      (instantiation.has_initializer || has_abstract_methods(*instantiation.target))) {
    check_object_initializer(instantiation);
  }
  declare(instantiation);
}

const Type* Checker::check_construct(ConstructExpression& expression) {
  const Type* const type =
      check_instance(*expression.of, expression.arguments, expression.where, expression.target, expression.binding);
  if (expression.target != nullptr && has_abstract_methods(*expression.target)) {
    error(expression.where,
          fmt::format("an instance of '{}' needs a name, for its abstract methods", expression.target->name.text),
          "declare it in front: Type(arguments) name = { methods };");
  }
  return settle(expression, type, !type->is_poison());
}

}  // namespace outrigger::p4
