// Overloads (P4-16 §6.9, §8.20): of functions, methods and constructors with one name the one that the number and the
// names of the arguments choose; their types do not count. Packages likewise: §7.2.11.2 forbids it, programs do it.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

std::span<Parameter* const> parameters_of(const Declaration& declaration) {
  if (const auto* const function = as<FunctionDeclaration>(&declaration)) {
    return function->parameters;
  }
  if (const auto* const method = as<MethodDeclaration>(&declaration)) {
    return method->parameters;
  }
  if (const auto* const package = as<PackageDeclaration>(&declaration)) {
    return package->constructor_parameters;
  }
  return {};
}

bool may_be_left_out(const Parameter& parameter) { return parameter.is_optional || parameter.default_value != nullptr; }

bool takes(const Declaration& declaration, const std::vector<Argument>& arguments) {
  const std::span<Parameter* const> parameters = parameters_of(declaration);
  if (arguments.size() > parameters.size()) {
    return false;
  }
  if (arguments.empty() || !arguments[0].name.has_value()) {
    return std::ranges::all_of(parameters.subspan(arguments.size()),
                               [](const Parameter* parameter) { return may_be_left_out(*parameter); });
  }
  size_t matched = 0;
  for (const Parameter* const parameter : parameters) {
    const bool is_given = std::ranges::any_of(arguments, [&](const Argument& argument) {
      return argument.name.has_value() && argument.name->text == parameter->name.text;
    });
    matched += is_given ? 1U : 0U;
    if (!is_given && !may_be_left_out(*parameter)) {
      return false;
    }
  }
  return matched == arguments.size();
}

}  // namespace

Declaration* Checker::choose_overload(const Scopes::Overloads& overloads, const std::vector<Argument>& arguments,
                                      SourceRange where, std::string_view name) {
  if (overloads.size() == 1) {
    return overloads.front();  // bind() says what does not fit
  }
  Scopes::Overloads found;
  std::ranges::copy_if(overloads, std::back_inserter(found),
                       [&](const Declaration* candidate) { return takes(*candidate, arguments); });
  if (found.size() > 1) {  // one that needs no defaults goes before those that do
    const auto is_longer = [&](const Declaration* d) { return parameters_of(*d).size() != arguments.size(); };
    Scopes::Overloads exact;
    std::ranges::remove_copy_if(found, std::back_inserter(exact), is_longer);
    found = exact.empty() ? found : exact;
  }
  if (found.size() == 1) {
    return found.front();
  }
  Diagnostic& wrong =
      found.empty()
          ? error(where, fmt::format("there are {} '{}', and none takes these {} arguments", overloads.size(), name,
                                     arguments.size()))
          : error(where, fmt::format("{} of the declarations of '{}' take these arguments", found.size(), name),
                  "name the arguments");
  for (const Declaration* const candidate : found.empty() ? overloads : found) {
    wrong.note(candidate->name.where, fmt::format("one with {} parameters", parameters_of(*candidate).size()));
  }
  return nullptr;
}

}  // namespace outrigger::p4
