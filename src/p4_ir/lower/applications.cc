// Which parsers and controls a block applies, where, and with which externs as run-time arguments. One instance may be
// applied with several of those, in several places: a variable then says which one its parameter is now, and a call of
// a method chooses by it.
#include <algorithm>
#include <set>

#include "p4/ast/walk.h"
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

bool is_apply(const p4::Expression& expression) {
  const auto* call = p4::as<p4::CallExpression>(&expression);
  return call != nullptr &&
         (call->call_kind == p4::CallKind::ParserApply || call->call_kind == p4::CallKind::ControlApply);
}

// packet_in and packet_out are the engines' own.
bool is_extern(const p4::Type* type) {
  if (type == nullptr || !type->is(p4::TypeKind::Extern)) {
    return false;
  }
  const std::string& name = type->declaration->name.text;
  return name != "packet_in" && name != "packet_out";
}

}  // namespace

// Of everything that a block applies, and of what that applies: where, and which externs its parameters may be.
void Lowerer::collect_applications(p4::Instance* block) {
  std::set<p4::Instance*> seen{block};
  std::vector<p4::Instance*> open{block};
  while (!open.empty()) {
    const p4::Instance* inside = open.back();
    open.pop_back();
    std::set<p4::Instance*> grown;
    p4::Visitor visitor;
    visitor.expression = [&](const p4::Expression& expression) {
      if (!is_apply(expression)) {
        return true;
      }
      const auto& call = p4::to<p4::CallExpression>(expression);
      const auto* callee = p4::as<p4::MemberExpression>(call.callee);
      p4::Instance* applied =
          callee == nullptr ? tree_.find(inside, &call) : tree_.evaluate(inside, *callee->base).instance;
      if (applied == nullptr) {
        return true;
      }
      applications_[applied].insert({inside, &call});
      const bool has_grown = add_extern_arguments(call, *inside, applied);
      if (seen.insert(applied).second || has_grown) {
        grown.insert(applied);
      }
      return true;
    };
    walk(visitor, inside->of);
    open.insert(open.end(), grown.begin(), grown.end());
  }
}

// False when all of them are known already.
bool Lowerer::add_extern_arguments(const p4::CallExpression& call, const p4::Instance& inside, p4::Instance* callee) {
  bool has_grown = false;
  const p4::Binding binding = binding_to(parameters_of(*callee->of), call.binding);
  for (const p4::BoundArgument& bound : binding.arguments) {
    if (bound.value == nullptr || !is_extern(bound.type)) {
      continue;
    }
    std::vector<p4::Instance*> given;
    const auto* name = p4::as<p4::NameExpression>(bound.value);
    if (const auto passed_on = extern_arguments_.find({&inside, name == nullptr ? nullptr : name->symbol});
        passed_on != extern_arguments_.end()) {
      given = passed_on->second;
    } else if (p4::Instance* known = tree_.evaluate(&inside, *bound.value).instance; known != nullptr) {
      given = {known};
    }
    std::vector<p4::Instance*>& into = extern_arguments_[{callee, bound.parameter}];
    for (p4::Instance* one : given) {
      if (std::ranges::find(into, one) == into.end()) {
        into.push_back(one);
        has_grown = true;
      }
    }
  }
  return has_grown;
}

void Lowerer::add_extern_parameters(Frame& frame, std::span<p4::Parameter* const> parameters) {
  for (const p4::Parameter* parameter : parameters) {
    const auto found = extern_arguments_.find({frame.instance, parameter});
    if (found == extern_arguments_.end() || found->second.empty()) {
      continue;
    }
    if (found->second.size() == 1) {
      frame.instances[parameter] = found->second.front();
    } else {
      frame.choices[parameter] = {.possible = found->second, .which = temporary(32, parameter->name.text)};
    }
  }
}

// Null where the expression is one extern, or none.
const Lowerer::ExternChoice* Lowerer::extern_choice(const p4::Expression& expression) {
  const auto* name = p4::as<p4::NameExpression>(&expression);
  for (const Frame* frame = frame_; name != nullptr && frame != nullptr; frame = frame->outer) {
    if (const auto found = frame->choices.find(name->symbol); found != frame->choices.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

void Lowerer::choose_externs(const p4::Binding& binding, const Frame& callee) {
  for (const p4::BoundArgument& bound : binding.arguments) {
    const auto found = callee.choices.find(bound.parameter);
    if (found == callee.choices.end() || bound.value == nullptr) {
      continue;
    }
    const ExternChoice* passed_on = extern_choice(*bound.value);
    set(found->second.which, passed_on != nullptr ? read_variable(passed_on->which)
                                                  : constant(32, index_of(extern_of(instance_of(*bound.value)))));
  }
}

void Lowerer::add_chosen(CallExtern* call, const ExternChoice& choice) {
  auto* made = program_.statement<Switch>();
  made->subject = read_variable(choice.which);
  for (p4::Instance* one : choice.possible) {
    auto* copy = program_.statement<CallExtern>(*call);
    copy->instance = extern_of(one);
    copy->site = one == choice.possible.front() ? call->site : program_.extern_sites++;
    Statements body = statements_of([&] { add(copy); });
    if (one == choice.possible.back()) {
      made->otherwise = std::move(body);
    } else {
      made->cases.push_back({.labels = {Bits(32, index_of(copy->instance))}, .body = std::move(body)});
    }
  }
  add(made);
}

}  // namespace outrigger::p4_ir
