// Calls (P4-16 §8.20): what is called, by the kind of the callee.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/member_names.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"

namespace outrigger::p4 {

const Type* Checker::check_call(CallExpression& call) {
  std::vector<const Type*> given;
  bool is_good = true;
  for (TypeRef* const argument : call.type_arguments) {
    given.push_back(resolve(*argument));
    is_good &= !given.back()->is_poison();
  }
  if (!is_good) {
    return refuse_call(call);
  }
  switch (call.callee->kind) {
    case ExpressionKind::Name: return call_name(call, given);
    case ExpressionKind::Member: return call_member(call, given);
    case ExpressionKind::TypeMember: return call_type_member(call, given);
    default:
      if (!check(*call.callee)->is_poison()) {
        error(call.callee->where, fmt::format("this is of type {} and cannot be called", to_text(call.callee->type)));
      }
      return refuse_call(call);
  }
}

// After an error, which has been told: the arguments may have faults of their own.
const Type* Checker::refuse_call(CallExpression& call) {
  for (Argument& argument : call.arguments) {
    if (argument.value != nullptr && argument.value->kind != ExpressionKind::DontCare) {
      check(*argument.value);
    }
  }
  return settle_poison(call);
}

const Type* Checker::call_name(CallExpression& call, std::span<const Type* const> given) {
  auto& name = to<NameExpression>(*call.callee);
  const Scopes::Overloads found = scopes_.lookup(name.name.text, name.is_global);
  settle_poison(name);
  if (found.empty()) {
    unknown_name(name.name, "function or action");
    return refuse_call(call);
  }
  Declaration* target = found.front();
  name.symbol = target;
  if (auto* const action = as<ActionDeclaration>(target)) {
    settle(name, types_.named(*action), true);
    warn_deprecated(*action, name.where);
    return finish_call(call, CallKind::Action, *action, call_signature(*action, nullptr), given);
  }
  if (target->kind != DeclarationKind::Function) {
    const bool is_object = target->kind == DeclarationKind::Table || target->kind == DeclarationKind::Instantiation;
    error(name.where, fmt::format("{} cannot be called", noun_and_name(*target)),
          is_object ? fmt::format("write {}.apply(…), or call another of its methods", name.name.text) : "");
    return refuse_call(call);
  }
  target = choose_overload(found, call.arguments, call.where, name.name.text);
  if (target == nullptr) {
    return refuse_call(call);
  }
  name.symbol = target;
  settle(name, types_.named(*target), true);
  warn_deprecated(*target, name.where);
  const bool is_extern = to<FunctionDeclaration>(*target).body == nullptr;
  return finish_call(call, is_extern ? CallKind::ExternFunction : CallKind::Function, *target,
                     call_signature(*target, nullptr), given);
}

const Type* Checker::call_member(CallExpression& call, std::span<const Type* const> given) {
  auto& member = to<MemberExpression>(*call.callee);
  const Type* const base = check(*member.base);
  settle_poison(member);
  if (base->is_poison()) {
    return refuse_call(call);
  }
  if (base->is(TypeKind::Extern)) {
    return call_method(call, given);
  }
  if (member.member.text == "apply" &&
      (base->is(TypeKind::Parser) || base->is(TypeKind::Control) || base->is(TypeKind::Table))) {
    return call_apply(call, given);
  }
  const std::optional<MemberKind> kind = built_in_method(member.member.text);
  if (kind.has_value()) {
    return is_size(*kind) ? call_size(call, *kind, base) : call_built_in(call, *kind);
  }
  const bool has_apply = base->is(TypeKind::Parser) || base->is(TypeKind::Control) || base->is(TypeKind::Table);
  error(member.member.where, fmt::format("{} has no method '{}'", to_text(base), member.member.text),
        has_apply ? "its one method is apply" : "");
  return refuse_call(call);
}

// §8.22: a method of an extern instance.
const Type* Checker::call_method(CallExpression& call, std::span<const Type* const> given) {
  auto& member = to<MemberExpression>(*call.callee);
  const Type* const base = member.base->type;
  const auto& declaration = to<ExternDeclaration>(*base->declaration);
  Scopes::Overloads found;
  std::vector<std::string_view> names;
  for (MethodDeclaration* const method : declaration.methods) {
    if (!method->is_constructor) {
      names.push_back(method->name.text);
      if (method->name.text == member.member.text) {
        found.push_back(method);
      }
    }
  }
  if (found.empty()) {
    error(member.member.where, fmt::format("{} has no method '{}'", to_text(base), member.member.text),
          did_you_mean(nearest_name(member.member.text, names)));
    return refuse_call(call);
  }
  Declaration* const target = choose_overload(found, call.arguments, call.where, member.member.text);
  if (target == nullptr) {
    return refuse_call(call);
  }
  member.member_kind = MemberKind::Method;
  member.symbol = target;
  settle(member, types_.named(*target), true);
  warn_deprecated(*target, member.where);
  const bool is_abstract = to<MethodDeclaration>(*target).is_abstract;
  if (is_abstract && member.base->kind == ExpressionKind::This && inside_ != nullptr) {
    calls_by_this_.push_back({inside_, target->name.text, call.where});
  }
  return finish_call(call, is_abstract ? CallKind::AbstractMethod : CallKind::ExternMethod, *target,
                     call_signature(*target, base), given);
}

// §12.10, §13.4, §14.2.2
const Type* Checker::call_apply(CallExpression& call, std::span<const Type* const> given) {
  auto& member = to<MemberExpression>(*call.callee);
  const Type* const base = member.base->type;
  member.member_kind = MemberKind::Apply;
  settle(member, base, true);
  if (base->is(TypeKind::Table)) {
    return call_table(call);
  }
  auto* const target = const_cast<Declaration*>(base->declaration);
  const CallKind kind = base->is(TypeKind::Parser) ? CallKind::ParserApply : CallKind::ControlApply;
  return finish_call(call, kind, *target, call_signature(*target, base), given);
}

const Type* Checker::call_table(CallExpression& call) {
  auto* const table = const_cast<Declaration*>(to<MemberExpression>(*call.callee).base->type->declaration);
  if (!call.arguments.empty() || call.has_type_arguments) {
    error(call.where, fmt::format("apply() of table '{}' takes no arguments", table->name.text));
    return refuse_call(call);
  }
  call.call_kind = CallKind::TableApply;
  call.target = table;
  call.binding.result = types_.apply_result(to<TableDeclaration>(*table));
  if (!check_call_site(CallKind::TableApply, *table, call.where)) {
    return settle_poison(call);
  }
  return settle(call, call.binding.result);
}

// P.apply(…): an instance made for this one call (§15.1); Type.minSizeInBits() (§9).
const Type* Checker::call_type_member(CallExpression& call, std::span<const Type* const> given) {
  auto& member = to<TypeMemberExpression>(*call.callee);
  const Type* const type = resolve(*member.of);
  settle_poison(member);
  if (type->is_poison()) {
    return refuse_call(call);
  }
  const std::optional<MemberKind> kind = built_in_method(member.member.text);
  if (kind.has_value() && is_size(*kind) && !is_object(type)) {
    member.member_kind = *kind;
    return call_size(call, *kind, type);
  }
  auto* const parser = type->is(TypeKind::Parser) ? as<ParserDeclaration>(type->declaration) : nullptr;
  auto* const control = type->is(TypeKind::Control) ? as<ControlDeclaration>(type->declaration) : nullptr;
  if (member.member.text != "apply" || (parser == nullptr && control == nullptr)) {
    error(member.member.where, fmt::format("type {} has no method '{}'", to_text(type), member.member.text),
          type->is(TypeKind::Extern)
              ? fmt::format("call it of an instance: {}(…) name; and name.{}(…)", to_text(type), member.member.text)
              : "");
    return refuse_call(call);
  }
  auto* const target = const_cast<Declaration*>(type->declaration);
  const bool has_body = parser != nullptr ? parser->has_body : control->has_body;
  const auto& parameters = parser != nullptr ? parser->constructor_parameters : control->constructor_parameters;
  if (!has_body || !parameters.empty()) {
    error(call.where,
          fmt::format("{} cannot be applied directly: {}", noun_and_name(*target),
                      has_body ? "its constructor has parameters" : "it has no body"),
          fmt::format("instantiate it: {}(…) name; and write name.apply(…)", target->name.text));
    return refuse_call(call);
  }
  if (!check_type_arguments(type, member.of->where)) {
    return refuse_call(call);
  }
  member.member_kind = MemberKind::Apply;
  settle(member, type, true);
  direct_calls_.push_back({type, call.where});
  return finish_call(call, parser != nullptr ? CallKind::ParserApply : CallKind::ControlApply, *target,
                     call_signature(*target, type), given);
}

const Type* Checker::finish_call(CallExpression& call, CallKind kind, Declaration& target, const Signature& signature,
                                 std::span<const Type* const> given) {
  call.call_kind = kind;
  call.target = &target;
  const bool is_here = check_call_site(kind, target, call.where);
  if (!bind(signature, given, call.arguments, call.where, call.binding) || !is_here) {
    return refuse_call(call);
  }
  // §7.1.6.5: of an instance whose type argument was inferred from a number without a width.
  if (kind == CallKind::ExternMethod && extent(call.binding.result).holds_constants) {
    error(call.where,
          fmt::format("what this gives would be of type {}, whose values are constants", to_text(call.binding.result)),
          "write the type arguments where the instance is declared, with a width");
    return refuse_call(call);
  }
  settle(call, call.binding.result);
  return check_core_call(call) ? call.type : settle_poison(call);
}

}  // namespace outrigger::p4
