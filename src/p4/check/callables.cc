// Functions, actions, externs and their methods (P4-16 §7.2.10, §10, §14.1), and the signatures that calls meet.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/restored.h"
#include "p4/check/returns.h"

namespace outrigger::p4 {

namespace {

// Methods of one name that are looked at for one that is the same.
constexpr size_t overloads_max = 256;

}  // namespace

void Checker::check_callable(Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Function: check_function(to<FunctionDeclaration>(declaration)); return;
    case DeclarationKind::Action: check_action(to<ActionDeclaration>(declaration)); return;
    default: check_extern(to<ExternDeclaration>(declaration)); return;
  }
}

// Appendix on calls: functions and methods return values, or nothing.
void Checker::check_result_type(const Type* result, SourceRange where, bool has_body) {
  if (result->is(TypeKind::Extern) || result->is(TypeKind::Parser) || result->is(TypeKind::Control) ||
      result->is(TypeKind::Package)) {
    error(where, fmt::format("the type '{}' cannot be returned", to_text(result)), "return a value, or nothing: void");
  } else if (extent(result).holds_constants && (has_body || !result->is(TypeKind::String))) {
    // §8.9 of int: all values are known at compile time, and what is called is not.
    error(where, fmt::format("the type '{}' cannot be returned: its values are constants", to_text(result)),
          result->is(TypeKind::Int) ? "give it a width, as int<32>" : "");
  } else {
    check_extent(result, where);
  }
}

void Checker::check_function(FunctionDeclaration& function) {
  {
    const ScopeGuard scope(scopes_);
    check_type_parameters(function.type_parameters);
    check_result_type(resolve(*function.result), function.result->where, function.body != nullptr);
    check_parameters(function.parameters,
                     function.body != nullptr ? ParameterOwner::Function : ParameterOwner::ExternFunction);
    if (function.body != nullptr) {
      check_function_body(function, Site::Function);
    }
  }
  function.checked_type = types_.named(function);
  declare(function);  // after its body, so that it cannot call itself: P4 has no recursion (§10)
}

void Checker::check_function_body(FunctionDeclaration& function, Site site) {
  const Restored at(site_, site);
  const Restored inside(inside_, static_cast<const Declaration*>(&function));
  const Restored result(result_, function.result->type);
  const Restored loops(loop_depth_, 0U);
  const Restored body(body_depth_, scopes_.depth() + 1);
  check_block(*function.body);
  const Type* const type = function.result->type;
  if (!type->is(TypeKind::Void) && !type->is_poison() && !always_returns(*function.body)) {
    error(function.name.where, fmt::format("function '{}' can end without returning a value", function.name.text),
          fmt::format("end each way through it with 'return VALUE;', of type '{}'", to_text(type)));
  }
}

void Checker::check_action(ActionDeclaration& action) {
  if (site_ != Site::TopLevel && site_ != Site::ControlLocal) {
    error(action.name.where, fmt::format("action '{}' cannot be declared here", action.name.text),
          "declare it in a control, before its apply block, or at the top level");
  }
  {
    const ScopeGuard scope(scopes_);
    check_parameters(action.parameters, ParameterOwner::Action);
    const Restored at(site_, Site::Action);
    const Restored inside(inside_, static_cast<const Declaration*>(&action));
    const Restored result(result_, types_.void_type());
    const Restored loops(loop_depth_, 0U);
    check_block(*action.body);
  }
  action.checked_type = types_.named(action);
  declare(action);  // after its body: no recursion
}

void Checker::check_extern(ExternDeclaration& declaration) {
  // The name is known inside: methods may take or be given others of the kind.
  std::vector<const Type*> arguments;
  for (TypeParameter* const parameter : declaration.type_parameters) {
    arguments.push_back(types_.variable(*parameter));
  }
  declaration.checked_type = types_.object(declaration, std::move(arguments));
  declare(declaration);
  const ScopeGuard scope(scopes_);
  check_type_parameters(declaration.type_parameters);
  const Restored inside(inside_, static_cast<const Declaration*>(&declaration));
  for (MethodDeclaration* const method : declaration.methods) {
    check_method(*method, declaration);
  }
  check_method_overloads(declaration);
}

void Checker::check_method(MethodDeclaration& method, ExternDeclaration& declaration) {
  check_annotations(method.annotations, &method);
  method.of = &declaration;
  if (method.is_constructor) {
    if (method.name.text != declaration.name.text) {
      error(method.name.where, fmt::format("method '{}' has no result type", method.name.text),
            fmt::format("write what it returns, or void; a constructor is called '{}', as its extern",
                        declaration.name.text));
    }
    if (method.is_abstract) {
      error(method.name.where, "a constructor cannot be abstract", "leave 'abstract' away");
    }
    if (!method.type_parameters.empty()) {
      error(method.type_parameters.front()->where, "a constructor cannot have type parameters",
            "give them to the extern");
    }
  }
  if (!method.is_constructor && method.name.text == declaration.name.text) {  // §7.2.11.2
    error(method.name.where, fmt::format("method '{}' has the name of a constructor, and a result", method.name.text),
          "leave the result's type away, or give the method another name");
  }
  const ScopeGuard scope(scopes_);
  check_type_parameters(method.type_parameters);
  if (method.result != nullptr) {
    check_result_type(resolve(*method.result), method.result->where, method.is_abstract);
  }
  check_parameters(method.parameters,
                   method.is_constructor ? ParameterOwner::ExternConstructor : ParameterOwner::Method);
  method.checked_type = types_.named(method);
}

// P4-16 §7.2.10.2: overloads are told apart by the number of their parameters, or by the names of these.
void Checker::check_method_overloads(const ExternDeclaration& declaration) {
  const auto same_name = [](const Parameter* a, const Parameter* b) { return a->name.text == b->name.text; };
  std::unordered_map<std::string_view, std::vector<const MethodDeclaration*>> by_name;
  for (const MethodDeclaration* const method : declaration.methods) {
    std::vector<const MethodDeclaration*>& others = by_name[method->name.text];
    for (const MethodDeclaration* const other : others) {
      if (method->is_abstract || other->is_abstract) {
        error(method->name.where, fmt::format("abstract method '{}' is overloaded", method->name.text),
              "give one of them another name")
            .note(other->name.where, "the other one is here");
        break;
      }
      if (std::ranges::equal(method->parameters, other->parameters, same_name)) {
        error(method->name.where, fmt::format("'{}' is declared twice with the same parameters", method->name.text),
              "overloads differ in the number or in the names of their parameters")
            .note(other->name.where, "the other one is here");
        break;
      }
    }
    if (others.size() < overloads_max) {
      others.push_back(method);
    }
  }
}

Signature Checker::call_signature(const Declaration& declaration, const Type* object) {
  Signature signature;
  signature.declaration = &declaration;
  signature.result = types_.void_type();
  const auto set = [&](std::string_view noun, const auto& callee) {
    signature.noun = noun;
    signature.parameters = callee.parameters;
  };
  const auto set_object = [&](std::span<TypeParameter* const> parameters) {
    if (object != nullptr && object->arguments.size() == parameters.size()) {
      for (size_t i = 0; i < parameters.size(); ++i) {
        signature.object.emplace(types_.variable(*parameters[i]), object->arguments[i]);
      }
    }
  };
  if (const auto* const function = as<FunctionDeclaration>(&declaration)) {
    set(function->body != nullptr ? "function" : "extern function", *function);
    signature.type_parameters = function->type_parameters;
    signature.result = function->result->type;
  } else if (const auto* const method = as<MethodDeclaration>(&declaration)) {
    set("method", *method);
    signature.type_parameters = method->type_parameters;
    signature.result = method->result != nullptr ? method->result->type : types_.void_type();
    set_object(to<ExternDeclaration>(*method->of).type_parameters);
  } else if (const auto* const action = as<ActionDeclaration>(&declaration)) {
    set("action", *action);
  } else if (const auto* const parser = as<ParserDeclaration>(&declaration)) {
    set("parser", *parser);
    set_object(parser->type_parameters);
  } else if (const auto* const control = as<ControlDeclaration>(&declaration)) {
    set("control", *control);
    set_object(control->type_parameters);
  } else if (const auto* const table = as<TableDeclaration>(&declaration)) {
    signature.noun = "table";
    signature.result = types_.apply_result(*table);
  } else {
    outrigger::check(false, "a declaration that can be called");
  }
  return signature;
}

}  // namespace outrigger::p4
