// Parameters (P4-16 §6.8): which types, directions and default values each kind of owner may have.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/restored.h"

namespace outrigger::p4 {

std::string_view to_text(ParameterOwner owner) noexcept {
  switch (owner) {
    case ParameterOwner::Function: return "a function";
    case ParameterOwner::ExternFunction: return "an extern function";
    case ParameterOwner::Method: return "a method";
    case ParameterOwner::Action: return "an action";
    case ParameterOwner::Parser:
    case ParameterOwner::ParserType: return "a parser";
    case ParameterOwner::Control:
    case ParameterOwner::ControlType: return "a control";
    case ParameterOwner::ExternConstructor: return "an extern's constructor";
    case ParameterOwner::ParserConstructor: return "a parser's constructor";
    case ParameterOwner::ControlConstructor: return "a control's constructor";
    case ParameterOwner::Package: return "a package";
  }
  return "";
}

bool is_constructor(ParameterOwner owner) noexcept {
  switch (owner) {
    case ParameterOwner::ExternConstructor:
    case ParameterOwner::ParserConstructor:
    case ParameterOwner::ControlConstructor:
    case ParameterOwner::Package: return true;
    default: return false;
  }
}

namespace {

// P4-16 §6.8.2: where a parameter may be @optional.
bool may_be_optional(ParameterOwner owner) {
  switch (owner) {
    case ParameterOwner::Package:
    case ParameterOwner::ParserType:
    case ParameterOwner::ControlType:
    case ParameterOwner::ExternFunction:
    case ParameterOwner::Method:
    case ParameterOwner::ExternConstructor: return true;
    default: return false;
  }
}

// Appendix "Restrictions on compile time and run time calls": the first and the third table.
bool may_have(ParameterOwner owner, const Type* type) {
  switch (type->kind) {
    case TypeKind::Void: return false;
    case TypeKind::Package: return owner == ParameterOwner::Package;
    case TypeKind::Parser: return owner == ParameterOwner::Package || owner == ParameterOwner::ParserConstructor;
    case TypeKind::Control: return owner == ParameterOwner::Package || owner == ParameterOwner::ControlConstructor;
    case TypeKind::Extern:
      return owner != ParameterOwner::Action;  // functions may in p4c: they are given it like controls
    default: return true;
  }
}

std::string_view to_text(Direction direction) {
  switch (direction) {
    case Direction::In: return "in";
    case Direction::Out: return "out";
    case Direction::InOut: return "inout";
    case Direction::None: return "";
  }
  return "";
}

}  // namespace

bool Checker::check_parameter_type(const Parameter& parameter, const Type* type, ParameterOwner owner) {
  const SourceRange where = parameter.type->where;
  const bool is_for_constants = extent(type).holds_constants;
  // §7.1.6.5; what the control plane writes into tables has to have a form.
  const bool is_action_data = owner == ParameterOwner::Action && (is_for_constants || type->is(TypeKind::List));
  if (!may_have(owner, type) || is_action_data) {
    error(where, fmt::format("{} cannot have a parameter of type '{}'", to_text(owner), to_text(type)),
          type->is(TypeKind::Int) ? "give it a width, as int<32>"
          : is_action_data        ? "values of this type exist at compile time only"
          : is_constructor(owner) ? ""
                                  : "pass it to the constructor, or pass the values that are needed");
    return false;
  }
  if (parameter.direction == Direction::None) {
    return check_extent(type, where);
  }
  if (is_constructor(owner)) {
    error(parameter.where,
          fmt::format("parameter '{}' of {} has the direction '{}'", parameter.name.text, to_text(owner),
                      to_text(parameter.direction)),
          "leave the direction away: these are evaluated at compile time");
    return false;
  }
  const bool is_object = type->is(TypeKind::Extern);
  if (is_object || is_for_constants) {
    error(parameter.where,
          fmt::format("parameter '{}' of type '{}' has the direction '{}'", parameter.name.text, to_text(type),
                      to_text(parameter.direction)),
          is_object ? "leave the direction away: externs are passed by reference"
                    : "leave the direction away: values of this type exist at compile time only");
    return false;
  }
  return check_extent(type, where);
}

// P4-16 §6.8: for `in` and directionless ones, compile-time known.
void Checker::check_parameter_default(Parameter& parameter, ParameterOwner owner) {
  Expression& value = *parameter.default_value;
  if (parameter.direction == Direction::Out || parameter.direction == Direction::InOut) {
    error(value.where,
          fmt::format("parameter '{}' has the direction '{}' and a default value", parameter.name.text,
                      to_text(parameter.direction)),
          "only 'in' and directionless parameters can have one");
    return;
  }
  if (parameter.is_optional) {
    error(value.where, fmt::format("parameter '{}' is @optional and has a default value", parameter.name.text),
          "leave one of them away");
    return;
  }
  const Restored site(site_, owner == ParameterOwner::Package ? Site::Package : site_);
  const std::string what = fmt::format("the default value of '{}'", parameter.name.text);
  // What a type parameter stands for is known only where there is a call: bind() converts it there.
  const bool is_good = parameter.checked_type->has_variables ? !check(value, parameter.checked_type)->is_poison()
                                                             : check_as(value, parameter.checked_type, what);
  if (is_good && !value.is_known) {
    error(value.where, what + " is not known at compile time", "use constants only");
  }
}

void Checker::check_parameters(std::span<Parameter* const> parameters, ParameterOwner owner) {
  const Parameter* without_direction = nullptr;
  for (Parameter* const parameter : parameters) {
    check_annotations(parameter->annotations, parameter);
    const Type* const type = resolve(*parameter->type);
    parameter->is_constructor = is_constructor(owner);
    parameter->is_optional = std::ranges::any_of(
        parameter->annotations, [](const Annotation* annotation) { return annotation->name.text == "optional"; });
    if (parameter->is_optional && !may_be_optional(owner)) {
      error(parameter->where, fmt::format("{} cannot have @optional parameters", to_text(owner)),
            "packages, externs, and types of parsers and controls can; give it a default value instead");
      parameter->is_optional = false;
    }
    parameter->checked_type = check_parameter_type(*parameter, type, owner) ? type : types_.poison();
    if (parameter->default_value != nullptr) {
      check_parameter_default(*parameter, owner);
    }
    if (parameter->direction == Direction::None) {
      without_direction = parameter;
    } else if (owner == ParameterOwner::Action && without_direction != nullptr) {
      error(parameter->where,
            fmt::format("parameter '{}' with a direction comes after one without", parameter->name.text),
            "put the action's data, the parameters without a direction, at the end of the list")
          .note(without_direction->where, "this one has no direction");
    }
    declare(*parameter);
  }
}

}  // namespace outrigger::p4
