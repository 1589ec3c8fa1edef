// Methods that P4-16 itself gives to headers, unions and stacks (§8.17, §8.18, §8.19), and sizes of types (§9).
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

bool has_built_in(const Type* type, MemberKind kind) {
  switch (kind) {
    case MemberKind::IsValid: return type->is(TypeKind::Header) || type->is(TypeKind::HeaderUnion);
    case MemberKind::SetValid:
    case MemberKind::SetInvalid: return type->is(TypeKind::Header);
    case MemberKind::PushFront:
    case MemberKind::PopFront:
      return type->is(TypeKind::Stack) &&
             (type->arguments[0]->is(TypeKind::Header) || type->arguments[0]->is(TypeKind::HeaderUnion));
    default: return false;
  }
}

}  // namespace

const Type* Checker::call_built_in(CallExpression& call, MemberKind kind) {
  auto& member = to<MemberExpression>(*call.callee);
  const Type* const base = member.base->type;
  const std::string& name = member.member.text;
  if (!has_built_in(base, kind)) {
    const bool is_union = base->is(TypeKind::HeaderUnion);
    error(member.member.where, fmt::format("{} has no method '{}'", to_text(base), name),
          is_union ? fmt::format("call {}() of one of its headers", name) : "");
    return refuse_call(call);
  }
  member.member_kind = kind;
  call.call_kind = CallKind::BuiltIn;
  const bool is_query = kind == MemberKind::IsValid;
  call.binding.result = is_query ? types_.boolean() : types_.void_type();
  settle(member, call.binding.result);
  if (!is_query && !require_l_value(*member.base, fmt::format("what {}() is called on", name))) {
    return refuse_call(call);
  }
  const bool is_shift = kind == MemberKind::PushFront || kind == MemberKind::PopFront;
  if (is_shift) {
    return check_stack_shift(call) ? settle(call, call.binding.result) : refuse_call(call);
  }
  if (!call.arguments.empty() || call.has_type_arguments) {
    error(call.where, fmt::format("{}() takes no arguments", name));
    return refuse_call(call);
  }
  return settle(call, call.binding.result);
}

// push_front(count) and pop_front(count)
bool Checker::check_stack_shift(CallExpression& call) {
  const std::string& name = to<MemberExpression>(*call.callee).member.text;
  if (call.arguments.size() != 1 || call.arguments[0].value == nullptr || call.has_type_arguments) {
    error(call.where, fmt::format("{}() takes one argument: by how many elements", name));
    return false;
  }
  Expression& count = *call.arguments[0].value;
  if (check(count)->is_poison()) {
    return false;
  }
  if (!lower_enum(count)->is_integer()) {
    error(count.where,
          fmt::format("the argument of {}() is a number, and this is of type {}", name, to_text(count.type)));
    return false;
  }
  if (!count.is_known) {
    error(count.where, fmt::format("the argument of {}() must be known at compile time", name),
          "write a number, or the name of a constant");
    return false;
  }
  const Value* const value = converted_value(count);
  if (value != nullptr && value->number() != nullptr && sgn(*value->number()) < 0) {
    error(count.where, fmt::format("the argument of {}() must not be negative", name));
    return false;
  }
  call.binding.arguments.push_back({nullptr, &count, nullptr, count.converted});
  return true;
}

// §9: of a type, or of the type of an expression that is not evaluated.
const Type* Checker::call_size(CallExpression& call, MemberKind kind, const Type* type) {
  call.call_kind = CallKind::BuiltIn;
  call.binding.result = types_.integer();
  settle(*call.callee, call.binding.result, true);
  if (auto* const member = as<MemberExpression>(call.callee)) {
    member->member_kind = kind;
  }
  if (!call.arguments.empty() || call.has_type_arguments) {
    error(call.where, "the methods that give a size take no arguments");
    return refuse_call(call);
  }
  const bool is_least = kind == MemberKind::MinSizeInBits || kind == MemberKind::MinSizeInBytes;
  const std::optional<uint32_t> bits = is_least ? size_bits_min(types_, type) : size_bits_max(types_, type);
  if (!bits.has_value()) {
    error(call.where, fmt::format("type {} has no size", to_text(type)),
          type->has_variables ? "sizes of type parameters are not known in a generic" : "");
    return refuse_call(call);
  }
  const bool is_bits = kind == MemberKind::MinSizeInBits || kind == MemberKind::MaxSizeInBits;
  const Integer size = is_bits ? Integer(*bits) : (Integer(*bits) + 7) / 8;
  return settle(call, types_.integer(), true, values_.number(types_.integer(), size));
}

}  // namespace outrigger::p4
