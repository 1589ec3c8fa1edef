// Calls of what has a body (§6.8): arguments are copied in from left to right, the callee runs, results are copied out
// from left to right.
#include <algorithm>

#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

// Functions and actions of one program, and those that are first met inside one another, on which the lowering
// recurses.
constexpr size_t callables_max = 1U << 13U;
constexpr uint32_t callable_depth_max = 512;

bool is_local_to(const p4::Instance* instance, const p4::Declaration& declaration) {
  const auto* control = instance == nullptr ? nullptr : p4::as<p4::ControlDeclaration>(instance->of);
  const auto* parser = instance == nullptr ? nullptr : p4::as<p4::ParserDeclaration>(instance->of);
  const auto has = [&](const std::vector<p4::Declaration*>& locals) {
    return std::find(locals.begin(), locals.end(), &declaration) != locals.end();
  };
  return (control != nullptr && has(control->locals)) || (parser != nullptr && has(parser->locals));
}

const std::string& packet_object(const p4::CallExpression& call) {
  static const std::string none;
  const auto* method = p4::as<p4::MethodDeclaration>(static_cast<const p4::Declaration*>(call.target));
  if (method == nullptr || method->of == nullptr) {
    return none;
  }
  const std::string& name = method->of->name.text;
  return name == "packet_in" || name == "packet_out" ? name : none;
}

}  // namespace

Operand Lowerer::lower_call(const p4::CallExpression& call) {
  switch (call.call_kind) {
    case p4::CallKind::BuiltIn: return lower_built_in(call);
    case p4::CallKind::ExternMethod:
      return packet_object(call).empty() ? lower_extern(call)
                                         : lower_packet_method(call, packet_object(call), call.target->name.text);
    case p4::CallKind::ExternFunction: return lower_extern(call);
    case p4::CallKind::Function:
    case p4::CallKind::AbstractMethod:
    case p4::CallKind::Action: return lower_function(call);
    case p4::CallKind::ParserApply:
    case p4::CallKind::ControlApply: return lower_apply(call);
    case p4::CallKind::TableApply: return lower_table_apply(call, nullptr, nullptr);
    case p4::CallKind::Constructor:
    case p4::CallKind::Unknown: break;
  }
  if (!is_over()) {
    refuse(call.where, "this cannot be called when packets are processed");
  }
  return {};
}

// §8.17 leaves the fields of a header open that becomes valid; on BMv2 they are 0.
void Lowerer::clear_unless_valid(const Place& header) {
  auto* test = program_.statement<If>();
  test->condition = not_of(read_variable(program_.at(*header.header).valid));
  test->if_true = statements_of([&] {
    for (Place* part : header.parts) {
      reset(*part);
    }
  });
  if (!test->if_true.empty()) {
    add(test);
  }
}

Operand Lowerer::lower_built_in(const p4::CallExpression& call) {
  const auto* callee = p4::as<p4::MemberExpression>(call.callee);
  if (callee == nullptr) {
    const p4::Evaluated known = tree_.evaluate(frame_->instance, call);
    return known.value != nullptr ? operand_of(*known.value) : Operand{.type = call.type};
  }
  switch (callee->member_kind) {
    case p4::MemberKind::SetValid:
    case p4::MemberKind::SetInvalid: {
      const bool is_valid = callee->member_kind == p4::MemberKind::SetValid;
      for_alternatives(lower_l_value(*callee->base), [&](Place& place) {
        if (place.header.has_value()) {
          if (is_valid) {
            clear_unless_valid(place);
          }
          set(program_.at(*place.header).valid, constant(1, is_valid ? 1 : 0));
          after_valid(place, constant(1, is_valid ? 1 : 0));
        }
      });
      return {};
    }
    case p4::MemberKind::IsValid: {
      const Operand base = lower(*callee->base);
      const Expression* valid = base.valid;
      for (const Operand& part :
           base.type != nullptr && base.type->is(p4::TypeKind::HeaderUnion) ? base.parts : std::vector<Operand>{}) {
        valid = valid == nullptr ? part.valid : program_.expression<Binary>(BinaryOp::Or, valid, part.valid);
      }
      return Operand{.type = call.type, .scalar = valid == nullptr ? constant(1, 0) : valid};
    }
    case p4::MemberKind::PushFront:
    case p4::MemberKind::PopFront: {
      const auto count = call.arguments.empty() ? std::nullopt : known_number(call.arguments.front().value);
      for_alternatives(lower_l_value(*callee->base), [&](Place& place) {
        const auto by = static_cast<uint32_t>(std::clamp<int64_t>(count.value_or(0), 0, UINT32_MAX));
        callee->member_kind == p4::MemberKind::PushFront ? push_front(place, by) : pop_front(place, by);
      });
      return {};
    }
    default: {
      const p4::Evaluated known = tree_.evaluate(frame_->instance, *callee);
      return known.value != nullptr ? operand_of(*known.value) : Operand{.type = call.type};
    }
  }
}

// §6.8: arguments are evaluated, and results copied out, in the order of the call, which names may make another one
// than that of the parameters. Defaults are constants and follow.
std::vector<p4::BoundArgument> Lowerer::in_written_order(std::vector<p4::BoundArgument> arguments) {
  const auto place = [](const p4::BoundArgument& bound) {
    return bound.value == nullptr ? UINT32_MAX : bound.value->where.begin;
  };
  std::ranges::sort(arguments, {}, place);
  return arguments;
}

// What is known by a type of controls or an extern's abstract method names the parameters of that; what runs has its
// own, in the same order.
p4::Binding Lowerer::binding_to(std::span<p4::Parameter* const> parameters, p4::Binding binding) {
  for (size_t i = 0; i < parameters.size() && i < binding.arguments.size(); ++i) {
    binding.arguments[i].parameter = parameters[i];
  }
  return binding;
}

Operand Lowerer::lower_procedure_call(const p4::Binding& binding, Frame& callee, const std::function<bool()>& invoke) {
  struct Passed {
    Place* place = nullptr;
    Operand in;
    LValue out;
    p4::Direction direction = p4::Direction::None;
  };
  std::vector<Passed> passed;
  const std::vector<p4::BoundArgument> arguments = in_written_order(binding.arguments);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto* parameter = p4::as<p4::Parameter>(static_cast<const p4::Declaration*>(arguments[i].parameter));
    const p4::Expression* value = arguments[i].value != nullptr ? arguments[i].value : arguments[i].default_value;
    const auto found = callee.places.find(parameter);
    if (found == callee.places.end() || value == nullptr) {
      continue;  // packets, externs, and optional ones that are left out
    }
    const bool is_followed = std::any_of(arguments.begin() + static_cast<ptrdiff_t>(i) + 1, arguments.end(),
                                         [&](const auto& a) { return a.value != nullptr && has_effects(*a.value); });
    Passed one{.place = found->second, .in = {}, .out = {}, .direction = parameter->direction};
    if (callee.by_reference.contains(parameter)) {
      if (parameter->direction == p4::Direction::Out) {  // begins anew
        one.out.is_ignored = true;
        passed.push_back(std::move(one));
      }
      continue;
    }
    if (parameter->direction == p4::Direction::Out || parameter->direction == p4::Direction::InOut) {
      one.out = lower_l_value(*value);
      for (LValue::Alternative& alternative : one.out.alternatives) {
        if (alternative.condition != nullptr) {  // the place is chosen before the call (§6.8)
          alternative.condition = spill(Operand{.scalar = alternative.condition}).scalar;
        }
      }
      if (parameter->direction == p4::Direction::InOut) {
        one.in = read(one.out);
      }
    } else {
      one.in = convert(lower(*value), one.place->type);
    }
    if (is_followed) {
      one.in = spill(std::move(one.in));
    }
    passed.push_back(std::move(one));
  }
  for (const Passed& one : passed) {
    if (one.direction != p4::Direction::Out) {
      assign(l_value_of(*one.place), convert(one.in, one.place->type));
    }
  }
  for (const Passed& one : passed) {  // the caller's own variable, where there is no copy: another argument may read it
    if (one.direction == p4::Direction::Out) {
      reset(*one.place);
    }
  }
  const bool may_exit = invoke();
  for (const Passed& one : passed) {
    if (one.direction == p4::Direction::Out || one.direction == p4::Direction::InOut) {
      assign(one.out, convert(read(*one.place), one.out.type));
    }
  }
  if (may_exit) {
    exit_if_exited();
  }
  return callee.result == nullptr ? Operand{} : read(*callee.result);
}

Operand Lowerer::lower_apply(const p4::CallExpression& call) {
  p4::Instance* instance = nullptr;
  if (const auto* callee = p4::as<p4::MemberExpression>(call.callee)) {
    instance = instance_of(*callee->base);
  } else if (frame_ != nullptr) {
    instance = tree_.find(frame_->instance, &call);
  }
  if (instance == nullptr) {
    refuse(call.where, "what is applied here is not known when the program is compiled");
    return {};
  }
  const p4::Binding binding = binding_to(parameters_of(*instance->of), call.binding);
  Frame* callee = instance_frames_.contains(instance) ? frame_of(instance)
                                                      : frame_of(instance, places_by_reference(binding, *instance));
  choose_externs(binding, *callee);
  if (call.call_kind == p4::CallKind::ParserApply) {
    const ParserId parser = parser_of(instance);
    return lower_procedure_call(binding, *callee, [&] {
      add(program_.statement<CallParser>(parser));
      return false;
    });
  }
  const ProcedureId procedure = control_procedure(instance);
  return lower_procedure_call(binding, *callee, [&] {
    add(program_.statement<Call>(procedure));
    return program_.at(procedure).may_exit;
  });
}

Operand Lowerer::lower_function(const p4::CallExpression& call) {
  const p4::Declaration* target = call.target;
  Callable* callable = nullptr;
  if (const auto* action = p4::as<p4::ActionDeclaration>(target)) {
    callable = &action_callable(*action);
  } else if (const auto* function = p4::as<p4::FunctionDeclaration>(target)) {
    callable = &function_callable(*function, call.binding, nullptr);
  } else if (const auto* method = p4::as<p4::MethodDeclaration>(target)) {
    callable = abstract_callable(call, *method);
  }
  if (callable == nullptr || callable->is_being_made) {
    if (!is_over()) {
      refuse(call.where, callable == nullptr ? "what is called here has no body" : "a function may not call itself");
    }
    return {};
  }
  const ProcedureId procedure = callable->procedure;
  const p4::Binding binding = binding_to(callable->parameters, call.binding);
  return lower_procedure_call(binding, *callable->frame, [&] {
    add(program_.statement<Call>(procedure));
    return program_.at(procedure).may_exit;
  });
}

// An abstract method is the function that the instance's declaration gives under its name (§11.3.1).
Lowerer::Callable* Lowerer::abstract_callable(const p4::CallExpression& call, const p4::MethodDeclaration& method) {
  const auto* callee = p4::as<p4::MemberExpression>(call.callee);
  const p4::Instance* instance = callee == nullptr ? nullptr : instance_of(*callee->base);
  if (instance == nullptr || instance->declaration == nullptr) {
    return nullptr;
  }
  for (const p4::Declaration* given : instance->declaration->initializer) {
    const auto* function = p4::as<p4::FunctionDeclaration>(given);
    if (function != nullptr && (function->implements == &method || function->name.text == method.name.text)) {
      return &function_callable(*function, call.binding, frame_of(instance->parent));
    }
  }
  return nullptr;
}

Lowerer::Callable& Lowerer::function_callable(const p4::FunctionDeclaration& function, const p4::Binding& call,
                                              Frame* outer) {
  const p4::Binding binding = binding_to(function.parameters, call);  // of an abstract method's own, not the extern's
  std::vector<const p4::Type*> type_arguments;
  for (const p4::Type* argument : binding.type_arguments) {
    type_arguments.push_back(type_of(argument));
  }
  const p4::Instance* owner = outer == nullptr ? nullptr : outer->instance;
  std::vector<p4::Instance*> externs;
  for (const p4::BoundArgument& bound : binding.arguments) {
    const bool is_extern = bound.type != nullptr && bound.type->is(p4::TypeKind::Extern) && bound.value != nullptr;
    if (is_extern && extern_choice(*bound.value) != nullptr) {
      refuse(bound.value->where, "a function that is given an extern cannot choose it when packets are processed",
             "apply an instance of its own for each extern");
    }
    externs.push_back(is_extern ? instance_of(*bound.value) : nullptr);
  }
  Callable& callable = callables_[CallableKey{owner, &function, type_arguments, externs}];
  if (callable.frame != nullptr) {
    return callable;
  }
  if (callables_.size() > callables_max && !is_over()) {
    refuse(where_,
           "the program has more than " + std::to_string(callables_max) +
               " functions and actions, where those with type arguments count for each",
           "let generic functions not call one another with ever new types");
  }
  Frame& frame = frames_.emplace_back();
  frame.instance = outer == nullptr ? nullptr : outer->instance;
  frame.outer = outer;
  frame.prefix = fresh_callable_name(function.name.text);
  for (size_t i = 0; i < function.type_parameters.size() && i < type_arguments.size(); ++i) {
    frame.substitution[compilation_.types.variable(*function.type_parameters[i])] = type_arguments[i];
  }
  callable.frame = &frame;
  callable.parameters = function.parameters;
  for (size_t i = 0; i < externs.size(); ++i) {
    if (externs[i] != nullptr) {
      frame.instances[binding.arguments[i].parameter] = externs[i];
    }
  }
  Frame* const before = std::exchange(frame_, &frame);
  for (const p4::Parameter* parameter : function.parameters) {
    if (!parameter->checked_type->is(p4::TypeKind::Extern)) {
      frame.places[parameter] = allocate(parameter->checked_type, fresh_name(parameter->name.text));
    }
  }
  const p4::Type* result = function.result == nullptr ? nullptr : type_of(function.result->type);
  if (result != nullptr && !result->is(p4::TypeKind::Void)) {
    frame.result = allocate(result, fresh_name("$result"));
  }
  frame_ = before;
  make_procedure(callable, frame.prefix, *function.body);
  return callable;
}

// A control's action uses the control's variables; one of the top level has its own.
Lowerer::Callable& Lowerer::action_callable(const p4::ActionDeclaration& action) {
  p4::Instance* owner = nullptr;
  for (Frame* frame = frame_; frame != nullptr && owner == nullptr; frame = frame->outer) {
    owner = is_local_to(frame->instance, action) ? frame->instance : nullptr;
  }
  Callable& callable = callables_[CallableKey{owner, &action, {}, {}}];
  if (callable.frame != nullptr) {
    return callable;
  }
  Frame& frame = frames_.emplace_back();
  frame.instance = owner;
  frame.outer = owner == nullptr ? nullptr : frame_of(owner);
  frame.prefix = p4::InstanceTree::control_name(owner, action);
  callable.frame = &frame;
  callable.parameters = action.parameters;
  Frame* const before = std::exchange(frame_, &frame);
  for (const p4::Parameter* parameter : action.parameters) {
    frame.places[parameter] = allocate(parameter->checked_type, fresh_name(parameter->name.text));
  }
  frame_ = before;
  make_procedure(callable, frame.prefix, *action.body);
  return callable;
}

void Lowerer::make_procedure(Callable& callable, const std::string& name, const p4::BlockStatement& body) {
  callable.procedure = static_cast<ProcedureId>(program_.procedures.size());
  program_.procedures.push_back({.name = name, .body = {}, .may_exit = false});
  callable.is_being_made = true;
  const ProcedureId id = callable.procedure;
  if (++callable_depth_ > callable_depth_max && !is_over()) {
    refuse(where_, "functions call one another more than " + std::to_string(callable_depth_max) + " deep",
           "let functions call one another in a shorter row");
  }
  in_own_context(callable.frame, [&] {
    Statements made = statements_of([&] {
      if (!is_over()) {
        lower(body);
      }
    });
    program_.procedures[index_of(id)].body = std::move(made);
    program_.procedures[index_of(id)].may_exit = may_exit_;
  });
  callable.is_being_made = false;
  --callable_depth_;
}

}  // namespace outrigger::p4_ir
