// The checker as a whole: the walk over a program, names as they are declared, warnings and who silences them.
#include "p4/check/checker.h"

#include <algorithm>

#include <fmt/format.h>

#include "p4/check/nouns.h"
#include "p4/check/overload_limit.h"

namespace outrigger::p4 {

namespace {

// Only these are worth a warning when they hide another name: a parameter or a type parameter nearly always means to.
bool may_hide_by_mistake(DeclarationKind kind) {
  switch (kind) {
    case DeclarationKind::Variable:
    case DeclarationKind::Constant:
    case DeclarationKind::Instantiation:
    case DeclarationKind::Action:
    case DeclarationKind::Table:
    case DeclarationKind::ValueSet: return true;
    default: return false;
  }
}

// Two declarations of one extern function: the architecture's and the program's own.
bool is_same_extern(const FunctionDeclaration& one, const FunctionDeclaration& other) {
  const auto is_same = [](const Parameter* a, const Parameter* b) {
    return a->checked_type == b->checked_type && a->direction == b->direction;
  };
  return one.body == nullptr && other.body == nullptr && one.type_parameters.empty() && other.type_parameters.empty() &&
         one.result->type == other.result->type && std::ranges::equal(one.parameters, other.parameters, is_same);
}

// Of the function's or the control's parameters one: the outermost block of its body may not declare its name anew
// (§6.8: parameters and local variables are of one scope). An action's data may be, with a warning.
bool is_parameter_of(const Declaration& declaration, const Declaration* callable) {
  const auto has = [&](const std::vector<Parameter*>& parameters) {
    return std::ranges::find(parameters, &declaration) != parameters.end();
  };
  if (const auto* const function = callable == nullptr ? nullptr : as<FunctionDeclaration>(callable)) {
    return has(function->parameters);
  }
  const auto* const control = callable == nullptr ? nullptr : as<ControlDeclaration>(callable);
  return control != nullptr && (has(control->parameters) || has(control->constructor_parameters));
}

}  // namespace

Checker::Checker(Program& program, TypeTable& types, ValueTable& values, Diagnostics& diagnostics)
    : program_(program), types_(types), values_(values), diagnostics_(diagnostics) {}

void Checker::run() {
  const ScopeGuard top_level(scopes_);
  for (Declaration* const declaration : program_.declarations) {
    if (auto* const errors = as<ErrorDeclaration>(declaration); errors != nullptr && !diagnostics_.is_full()) {
      declare_errors(*errors);
    }
  }
  for (Declaration* const declaration : program_.declarations) {
    if (diagnostics_.is_full()) {
      return;
    }
    unknown_names_.clear();
    check_declaration(*declaration);
  }
  find_main();
}

// P4-16 §17.1: evaluation starts with the top-level instance called main.
void Checker::find_main() {
  for (Declaration* const declaration : program_.declarations) {
    auto* const instantiation = as<InstantiationDeclaration>(declaration);
    if (declaration->name.text == "main" && instantiation == nullptr) {
      error(declaration->name.where, fmt::format("{} is not an instance of a package", noun_and_name(*declaration)),
            "'main' is what the program is: instantiate the package of the architecture under this name");
    }
    if (instantiation == nullptr || instantiation->name.text != "main" || instantiation->target == nullptr) {
      continue;
    }
    if (instantiation->target->kind != DeclarationKind::Package) {
      error(instantiation->name.where,
            fmt::format("'main' is an instance of '{}', which is not a package", instantiation->target->name.text),
            "instantiate the package of the architecture under this name, as V1Switch(…) main");
      continue;
    }
    program_.main = instantiation;
    return;
  }
  if (!diagnostics_.has_errors()) {
    const SourceRange last = program_.declarations.empty() ? SourceRange{} : program_.declarations.back()->where;
    const uint32_t end = last.end > last.begin ? last.end - 1 : last.begin;  // where it would stand
    warning("missing-main", SourceRange{end, last.end}, "the program has no instance 'main'",
            "instantiate the package of the architecture under this name, unless this is a library");
  }
}

void Checker::declare(Declaration& declaration) {
  const std::string& name = declaration.name.text;
  if (name.empty()) {
    return;  // the parser has told that there is none
  }
  const Declaration* const hidden = scopes_.depth() > 1 ? scopes_.shadowed(name) : nullptr;
  const Declaration* const before = scopes_.declare(declaration);
  const auto* const function = as<FunctionDeclaration>(&declaration);
  const auto* const former = before == nullptr ? nullptr : as<FunctionDeclaration>(before);
  if (before != nullptr && scopes_.lookup(name).size() >= overloads_max) {
    error(declaration.name.where, fmt::format("'{}' has more than {} overloads", name, overloads_max),
          "give some of them other names");
  } else if (function != nullptr && former != nullptr && is_same_extern(*function, *former)) {
    warning("same-function", declaration.name.where, fmt::format("'{}' is declared already, as the same", name),
            "leave this away")
        .note(before->name.where, fmt::format("'{}' is declared here first", name));
  } else if (function != nullptr && former != nullptr) {
    warning("same-function", declaration.name.where,
            fmt::format("'{}' is declared twice with these parameters: no call can choose one of them", name),
            "give one of them another name, or its parameters")
        .note(before->name.where, fmt::format("'{}' is declared here first", name));
    scopes_.declare_beside(declaration);
  } else if (before != nullptr) {
    error(declaration.name.where, fmt::format("'{}' is declared twice", name), "give one of them another name")
        .note(before->name.where, fmt::format("'{}' is declared here first", name));
  } else if (hidden != nullptr && scopes_.depth() == body_depth_ && is_parameter_of(*hidden, inside_)) {
    error(declaration.name.where, fmt::format("'{}' is declared twice: it is a parameter", name),
          "give one of them another name")
        .note(hidden->name.where, fmt::format("'{}' is declared here first", name));
  } else if (hidden != nullptr && may_hide_by_mistake(declaration.kind)) {
    warning("shadow", declaration.name.where, fmt::format("'{}' hides another declaration of this name", name),
            "give one of them another name")
        .note(hidden->name.where, fmt::format("this '{}' is hidden", name));
  }
}

Diagnostic& Checker::warning(std::string_view rule, SourceRange where, std::string what, std::string remedy) {
  if (std::ranges::find(silenced_, rule) != silenced_.end()) {
    unsaid_ = Diagnostic{};
    return unsaid_;
  }
  return diagnostics_.warning(rule, where, std::move(what), std::move(remedy));
}

}  // namespace outrigger::p4
