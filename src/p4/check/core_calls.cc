// What core.p4 asks of its own functions and methods beyond what their types say (P4-16 §12.8, §15, §10.3).
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"

namespace outrigger::p4 {

bool Checker::check_core_call(CallExpression& call) {
  const std::string& name = call.target->name.text;
  if (call.call_kind == CallKind::ExternFunction) {
    return name != "static_assert" || check_static_assert(call);
  }
  if (call.call_kind != CallKind::ExternMethod) {
    return true;
  }
  const std::string& of = to<MethodDeclaration>(*call.target).of->name.text;
  if (of == "packet_in" && name == "extract") {
    return check_extract(call);
  }
  if (of == "packet_in" && name == "lookahead" && call.binding.type_arguments.size() == 1) {
    const Type* const type = call.binding.type_arguments[0];
    if (!type->is_poison() && !type->has_variables &&
        (has_varbit_or_union(type) || !size_bits_max(types_, type).has_value())) {
      error(call.where, fmt::format("lookahead needs a type with a fixed size, and this is {}", to_text(type)));
      return false;
    }
  }
  if (of == "packet_out" && name == "emit" && !call.binding.arguments.empty()) {
    const BoundArgument& data = call.binding.arguments[0];
    if (data.value != nullptr && !is_emittable(data.type)) {
      error(data.value->where,
            fmt::format("emit needs a header, stack or header union, or a struct of these, and this is of type {}",
                        to_text(data.type)));
      return false;
    }
  }
  return true;
}

// §12.8.1, §12.8.2: with one argument a header without varbit, with two one that has exactly one.
bool Checker::check_extract(const CallExpression& call) {
  if (call.binding.arguments.empty()) {
    return true;
  }
  const BoundArgument& header = call.binding.arguments[0];
  const Type* const type = header.type;
  if (type->is_poison() || type->is(TypeKind::Variable) || header.value == nullptr) {
    return true;
  }
  if (!type->is(TypeKind::Header)) {
    error(header.value->where, fmt::format("extract needs a header, and this is of type {}", to_text(type)),
          type->is(TypeKind::Stack) ? "extract its next element: stack.next" : "");
    return false;
  }
  const bool is_variable = has_varbit_or_union(type);
  if (is_variable && call.binding.arguments.size() == 1) {
    error(call.where, fmt::format("{} has a varbit field, whose size is not given", to_text(type)),
          "write extract(header, bits), with the size of the varbit field in bits");
    return false;
  }
  if (!is_variable && call.binding.arguments.size() > 1) {
    error(call.where, fmt::format("{} has no varbit field for a size to be given", to_text(type)),
          "write extract(header)");
    return false;
  }
  return true;
}

bool Checker::has_varbit_or_union(const Type* type) {
  if (type->is(TypeKind::Varbit) || type->is(TypeKind::HeaderUnion)) {
    return true;
  }
  if (type->is_struct_like()) {
    const std::vector<Field>& fields = types_.fields(type);
    return std::ranges::any_of(fields, [this](const Field& field) { return has_varbit_or_union(field.type); });
  }
  const bool has_parts = type->is(TypeKind::Stack) || type->is(TypeKind::Tuple);
  return has_parts &&
         std::ranges::any_of(type->arguments, [this](const Type* part) { return has_varbit_or_union(part); });
}

// §15.1
bool Checker::is_emittable(const Type* type) {
  switch (type->kind) {
    case TypeKind::Poison:
    case TypeKind::Variable:
    case TypeKind::Header:
    case TypeKind::HeaderUnion: return true;
    case TypeKind::Struct:
    case TypeKind::StructValue: {
      const std::vector<Field>& fields = types_.fields(type);
      return std::ranges::all_of(fields, [this](const Field& field) { return is_emittable(field.type); });
    }
    case TypeKind::Stack:
    case TypeKind::Tuple:
      return std::ranges::all_of(type->arguments, [this](const Type* part) { return is_emittable(part); });
    default: return false;
  }
}

// §10.3.1: fails where its condition is known and false; is true itself.
bool Checker::check_static_assert(CallExpression& call) {
  if (call.binding.arguments.empty() || !call.type->is(TypeKind::Bool)) {
    return true;  // somebody else's
  }
  const BoundArgument& condition = call.binding.arguments[0];
  if (condition.value == nullptr) {
    return true;
  }
  const Value* const value = converted_value(*condition.value);
  if (value == nullptr || value->boolean() == nullptr) {
    settle(call, call.type, condition.value->is_known);
    return true;
  }
  if (*value->boolean()) {
    settle(call, call.type, true, values_.boolean(call.type, true));
    return true;
  }
  const Expression* const message = call.binding.arguments.size() > 1 ? call.binding.arguments[1].value : nullptr;
  const std::string* const text = message == nullptr || message->value == nullptr ? nullptr : message->value->text();
  error(call.where, text == nullptr ? "static_assert failed" : fmt::format("static_assert failed: {}", *text));
  return false;
}

}  // namespace outrigger::p4
