// Abstract methods and the initializers of instances that give them (P4-16 §11.3.1).
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/restored.h"
#include "p4/check/silence.h"

namespace outrigger::p4 {

void Checker::check_object_initializer(InstantiationDeclaration& instantiation) {
  const auto* const declaration = as<ExternDeclaration>(instantiation.target);
  if (declaration == nullptr) {
    error(instantiation.name.where,
          fmt::format("'{}' is not an instance of an extern and has no initializer", instantiation.name.text),
          "end the instantiation with ';' behind the name");
    return;
  }
  std::unordered_set<std::string_view> implemented;
  {
    const ScopeGuard scope(scopes_);
    const Restored instance(instance_, static_cast<const InstantiationDeclaration*>(&instantiation));
    const Restored calls(calls_by_this_, std::vector<MethodCall>());
    for (Declaration* const inner : instantiation.initializer) {
      auto* const function = as<FunctionDeclaration>(inner);
      if (function == nullptr) {
        check_declaration(*inner);
        continue;
      }
      implemented.insert(function->name.text);
      check_abstract_method(*function, instantiation);
    }
    refuse_recursive_methods();
  }
  for (const MethodDeclaration* const method : declaration->methods) {
    if (method->is_abstract && !implemented.contains(method->name.text)) {
      error(instantiation.name.where,
            fmt::format("'{}' does not give the abstract method '{}' of '{}'", instantiation.name.text,
                        method->name.text, declaration->name.text),
            fmt::format("add it: {} = {{ … {}(…) {{ … }} }};", instantiation.name.text, method->name.text))
          .note(method->name.where, "the method is declared here");
    }
  }
}

// Appendix F: no recursion, which only methods that call each other by `this` could have.
void Checker::refuse_recursive_methods() {
  std::unordered_map<std::string_view, std::vector<const MethodCall*>> calls_of;
  for (const MethodCall& call : calls_by_this_) {
    calls_of[call.caller->name.text].push_back(&call);
  }
  std::unordered_set<std::string_view> done;
  std::unordered_set<std::string_view> open;
  struct Step {
    std::string_view method;
    size_t next = 0;
  };
  for (const MethodCall& first : calls_by_this_) {
    std::vector<Step> steps = {{first.caller->name.text}};
    while (!steps.empty()) {
      Step& step = steps.back();
      open.insert(step.method);
      const std::vector<const MethodCall*>& calls = calls_of[step.method];
      if (done.contains(step.method) || step.next == calls.size()) {
        done.insert(step.method);
        open.erase(step.method);
        steps.pop_back();
        continue;
      }
      const MethodCall& call = *calls[step.next++];
      if (open.contains(call.callee)) {
        error(call.where, fmt::format("method '{}' calls itself by this, and there is no recursion in P4", call.callee),
              "give it what it needs as a parameter, or a method of its own");
        return;
      }
      steps.push_back({call.callee});
    }
  }
}

void Checker::check_abstract_method(FunctionDeclaration& function, InstantiationDeclaration& instantiation) {
  const Silence silence(silenced_, function.annotations);
  check_annotations(function.annotations, &function);
  const auto& declaration = to<ExternDeclaration>(*instantiation.target);
  const auto found = std::ranges::find_if(
      declaration.methods, [&](const MethodDeclaration* method) { return method->name.text == function.name.text; });
  MethodDeclaration* const method = found != declaration.methods.end() && (*found)->is_abstract ? *found : nullptr;
  if (method == nullptr) {
    error(function.name.where,
          fmt::format("extern '{}' has no abstract method '{}'", declaration.name.text, function.name.text),
          "give here only what the extern declares as abstract");
  }
  const auto other = std::ranges::find_if(instantiation.initializer, [&](const Declaration* declared) {
    return declared->kind == DeclarationKind::Function && declared->name.text == function.name.text;
  });
  const bool is_first = *other == &function;
  if (!is_first) {
    error(function.name.where, fmt::format("method '{}' is given twice", function.name.text), "leave one of them out")
        .note((*other)->name.where, "the other one is here");
  }
  {
    const ScopeGuard scope(scopes_);
    check_type_parameters(function.type_parameters);
    check_result_type(resolve(*function.result), function.result->where, true);
    check_parameters(function.parameters, ParameterOwner::Method);
    if (method != nullptr && check_abstract_signature(function, *method, instantiation.checked_type)) {
      function.implements = method;
    }
    if (function.body != nullptr) {
      check_function_body(function, Site::AbstractMethod);
    }
  }
  function.checked_type = types_.named(function);
  if (is_first) {
    declare(function);
  }
}

// As many parameters (at its end the extern may have optional ones more), of the same directions and types, and the
// same result.
bool Checker::check_abstract_signature(const FunctionDeclaration& function, const MethodDeclaration& method,
                                       const Type* object) {
  const auto refuse = [&](SourceRange where, std::string what, SourceRange other) {
    error(where, std::move(what), "write it as the extern declares it").note(other, "the declaration is here");
    return false;
  };
  if (function.type_parameters.size() != method.type_parameters.size()) {
    return refuse(function.name.where,
                  fmt::format("method '{}' has other type parameters than in its extern", function.name.text),
                  method.name.where);
  }
  const size_t count = function.parameters.size();
  const bool has_all = count <= method.parameters.size() &&
                       std::all_of(method.parameters.begin() + static_cast<ptrdiff_t>(count), method.parameters.end(),
                                   [](const Parameter* parameter) { return parameter->is_optional; });
  if (!has_all) {
    return refuse(function.name.where,
                  fmt::format("method '{}' has {} parameters, in its extern it has {}", function.name.text,
                              function.parameters.size(), method.parameters.size()),
                  method.name.where);
  }
  Substitution here = call_signature(method, object).object;
  for (size_t i = 0; i < method.type_parameters.size(); ++i) {
    here.emplace(types_.variable(*method.type_parameters[i]), types_.variable(*function.type_parameters[i]));
  }
  const auto differs = [&](const Type* given, const Type* wanted) {
    wanted = types_.substitute(wanted, here);
    return given != wanted && !given->is_poison() && !wanted->is_poison();
  };
  bool is_good = true;
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    const Parameter& given = *function.parameters[i];
    const Parameter& wanted = *method.parameters[i];
    if (given.direction != wanted.direction) {
      is_good =
          refuse(given.where, fmt::format("parameter '{}' has another direction than in the extern", given.name.text),
                 wanted.where);
    } else if (differs(given.checked_type, wanted.checked_type)) {
      is_good = refuse(given.where,
                       fmt::format("parameter '{}' has the type '{}', in the extern it has '{}'", given.name.text,
                                   to_text(given.checked_type), to_text(types_.substitute(wanted.checked_type, here))),
                       wanted.where);
    }
  }
  if (differs(function.result->type, method.result->type)) {
    is_good = refuse(function.result->where,
                     fmt::format("method '{}' returns '{}', in the extern it returns '{}'", function.name.text,
                                 to_text(function.result->type), to_text(types_.substitute(method.result->type, here))),
                     method.result->where);
  }
  return is_good;
}

}  // namespace outrigger::p4
