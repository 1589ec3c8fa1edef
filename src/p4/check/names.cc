// Names in expressions (P4-16 §6.9): what each stands for, its type, and whether it is known at compile time (§18.1).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

// An action's parameters without direction are its data, which the control plane gives; those of anything else are
// known at compile time (§6.8).
bool is_known_parameter(const Parameter& parameter, const Declaration* inside) {
  if (parameter.is_constructor) {
    return true;
  }
  if (parameter.direction != Direction::None) {
    return false;
  }
  const auto* const action = as<ActionDeclaration>(inside);
  return action == nullptr || std::ranges::find(action->parameters, &parameter) == action->parameters.end();
}

bool is_action(const Declaration& declaration) { return declaration.kind == DeclarationKind::Action; }

bool is_function_or_action(const Declaration& declaration) {
  return is_action(declaration) || declaration.kind == DeclarationKind::Function;
}

bool is_value_name(const Declaration& declaration) {
  return !is_type_name(declaration) && !is_function_or_action(declaration);
}

constexpr std::array core_names = {"packet_in", "packet_out", "NoAction", "exact",        "ternary",
                                   "lpm",       "verify",     "NoError",  "static_assert"};

}  // namespace

// `E.A` where `A` alone was written; empty where no enum has it, nor the errors.
std::string Checker::as_member(const std::string& name) {
  if (errors_.contains(name)) {
    return fmt::format("write error.{}", name);
  }
  if (diagnostics_.is_full()) {
    return {};  // nobody would see it
  }
  for (const Declaration* const declaration : program_.declarations) {
    const auto* const enumeration = as<EnumDeclaration>(declaration);
    if (enumeration != nullptr && std::ranges::any_of(enumeration->members, [&](const EnumMember* member) {
          return member->name.text == name;
        })) {
      return fmt::format("write {}.{}", enumeration->name.text, name);
    }
  }
  return {};
}

// Told once in a declaration of the top level: the other uses bring nothing new.
void Checker::unknown_name(const Name& name, std::string_view noun) {
  if (!unknown_names_.insert(name.text).second) {
    return;
  }
  const bool is_core = std::ranges::find(core_names, name.text) != core_names.end();
  const auto may_be_meant = noun == "type"                 ? is_type_name
                            : noun == "action"             ? is_action
                            : noun == "function or action" ? is_function_or_action
                                                           : is_value_name;
  std::string remedy = as_member(name.text);
  if (remedy.empty()) {
    remedy = is_core ? "write '#include <core.p4>', or include the architecture's file"
                     : did_you_mean(scopes_.nearest(name.text, may_be_meant), "declare it before it is used");
  }
  error(name.where, fmt::format("there is no {} '{}' here", noun, name.text), remedy);
}

const Type* Checker::check_name(NameExpression& expression) {
  const Scopes::Overloads& found = scopes_.lookup(expression.name.text, expression.is_global);
  if (found.empty()) {
    if (const auto match_kind = match_kinds_.find(expression.name.text); match_kind != match_kinds_.end()) {
      expression.symbol = match_kind->second;
      return type_of_name(expression, *match_kind->second);
    }
    unknown_name(expression.name, "name");
    return settle_poison(expression);
  }
  Declaration& declaration = *found.front();
  expression.symbol = &declaration;
  warn_deprecated(declaration, expression.name.where);
  return type_of_name(expression, declaration);
}

const Type* Checker::type_of_name(NameExpression& expression, Declaration& declaration) {
  const Type* const type = declaration.checked_type == nullptr ? types_.poison() : declaration.checked_type;
  switch (declaration.kind) {
    case DeclarationKind::Constant: return settle(expression, type, true, to<ConstantDeclaration>(declaration).value);
    case DeclarationKind::Variable: return settle(expression, type);
    case DeclarationKind::Instantiation: return settle(expression, type, true);
    case DeclarationKind::Parameter:
      return settle(expression, type, is_known_parameter(to<Parameter>(declaration), inside_));
    case DeclarationKind::MatchKindMember:
      return settle(expression, types_.match_kind(), true,
                    values_.match_kind(types_.match_kind(), to<MatchKindMember>(declaration)));
    case DeclarationKind::Function:
      error(expression.where, fmt::format("function '{}' has no value by itself", declaration.name.text),
            fmt::format("call it: {}(…)", declaration.name.text));
      return settle_poison(expression);
    case DeclarationKind::Action:
    case DeclarationKind::Table:
    case DeclarationKind::ValueSet: return settle(expression, types_.named(declaration), true);
    case DeclarationKind::ParserState:
      error(expression.where, fmt::format("state '{}' is not a value", declaration.name.text),
            fmt::format("go there by 'transition {};'", declaration.name.text));
      return settle_poison(expression);
    default:
      error(expression.where, fmt::format("{} is a type, not a value", noun_and_name(declaration)))
          .note(declaration.name.where, fmt::format("'{}' is declared here", declaration.name.text));
      return settle_poison(expression);
  }
}

// §11.3.1: the instance whose abstract methods are being written.
const Type* Checker::check_this(ThisExpression& expression) {
  if (instance_ == nullptr) {
    error(expression.where, "'this' stands for an instance, and here is none",
          "it may be used in the methods that an instantiation gives in braces");
    return settle_poison(expression);
  }
  return settle(expression, instance_->checked_type == nullptr ? types_.poison() : instance_->checked_type, true);
}

}  // namespace outrigger::p4
