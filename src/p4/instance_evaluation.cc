// What a known expression is inside an instance: constants are the same everywhere, constructor parameters are the
// instance's.
#include <utility>

#include "p4/instance_tree.h"
#include "p4/limits.h"

namespace outrigger::p4 {
namespace {

// What a size is asked of has one by its type alone (§9).
std::optional<uint32_t> size_of(TypeTable& types, MemberKind kind, const Type* type) {
  const bool is_max = kind == MemberKind::MaxSizeInBits || kind == MemberKind::MaxSizeInBytes;
  const bool is_bytes = kind == MemberKind::MinSizeInBytes || kind == MemberKind::MaxSizeInBytes;
  const std::optional<uint32_t> bits = is_max ? size_bits_max(types, type) : size_bits_min(types, type);
  if (!bits.has_value()) {
    return std::nullopt;
  }
  return is_bytes ? (*bits + 7) / 8 : *bits;
}

}  // namespace

Evaluated InstanceTree::folded(Folded result, SourceRange where) {
  if (!result.error.empty()) {
    diagnostics_.error(where, std::move(result.error));
  }
  return {.value = result.value};
}

Evaluated InstanceTree::convert(const Value* value, const Type* to, SourceRange where) {
  if (to != nullptr && to->is(TypeKind::Set)) {  // of keysets: what they are made of
    to = to->arguments[0];
  }
  if (value == nullptr || to == nullptr || to->is_poison() || value->type == to || to->has_variables) {
    return {.value = value};
  }
  return folded(fold_cast(values_, types_, *value, to, &program_), where);
}

Evaluated InstanceTree::evaluate(const Instance* inside, const Expression& expression) {
  const Evaluated raw = evaluate_raw(inside, expression);
  if (raw.value == nullptr) {
    return raw;
  }
  return convert(raw.value, expression.converted, expression.where);
}

Evaluated InstanceTree::evaluate_raw(const Instance* inside, const Expression& expression) {
  if (expression.value != nullptr) {
    return {.value = expression.value};
  }
  switch (expression.kind) {
    case ExpressionKind::Name: return evaluate_name(inside, to<NameExpression>(expression));
    case ExpressionKind::Member: return evaluate_member(inside, to<MemberExpression>(expression));
    case ExpressionKind::Construct: {
      const auto& made = to<ConstructExpression>(expression);
      Instance* owner = const_cast<Instance*>(inside);
      return {.instance = construct(made, owner, made.target == nullptr ? "" : made.target->name.text)};
    }
    case ExpressionKind::List:
    case ExpressionKind::Struct:
    case ExpressionKind::Index: return evaluate_composite(inside, expression);
    case ExpressionKind::Unary:
    case ExpressionKind::Binary:
    case ExpressionKind::Slice:
    case ExpressionKind::Cast:
    case ExpressionKind::Conditional: return evaluate_operator(inside, expression);
    case ExpressionKind::Default:
    case ExpressionKind::InvalidHeader:
      return expression.converted == nullptr
                 ? Evaluated{}
                 : folded(default_value(values_, types_, expression.converted, program_), expression.where);
    default: return {};
  }
}

Evaluated InstanceTree::evaluate_name(const Instance* inside, const NameExpression& expression) {
  const Declaration* symbol = expression.symbol;
  if (const auto* constant = as<ConstantDeclaration>(symbol)) {
    if (constant->value != nullptr) {
      return {.value = constant->value};
    }
    if (constant->initial == nullptr) {
      return {};
    }
    const Evaluated initial = evaluate(inside, *constant->initial);
    return initial.value == nullptr ? initial : convert(initial.value, constant->checked_type, expression.where);
  }
  if (const auto* parameter = as<Parameter>(symbol)) {
    for (const Instance* at = inside; at != nullptr; at = at->parent) {
      if (const InstanceArgument* argument = at->argument(parameter)) {
        return {.value = argument->value, .instance = argument->instance};
      }
    }
    return {};
  }
  if (symbol != nullptr && symbol->kind == DeclarationKind::Instantiation) {
    return {.instance = find(inside, symbol)};
  }
  return {};
}

Evaluated InstanceTree::evaluate_member(const Instance* inside, const MemberExpression& expression) {
  switch (expression.member_kind) {
    case MemberKind::MinSizeInBits:
    case MemberKind::MinSizeInBytes:
    case MemberKind::MaxSizeInBits:
    case MemberKind::MaxSizeInBytes: {
      const auto size = size_of(types_, expression.member_kind, expression.base->type);
      return size.has_value() ? Evaluated{.value = values_.number(expression.type, *size)} : Evaluated{};
    }
    case MemberKind::Size: return {.value = values_.number(expression.type, expression.base->type->size)};
    case MemberKind::Field: break;
    default: return {};
  }
  const Evaluated base = evaluate_raw(inside, *expression.base);
  if (base.value == nullptr || base.value->composite() == nullptr) {
    return {};
  }
  const auto& fields = types_.fields(base.value->type);
  const auto& parts = base.value->composite()->parts;
  for (size_t i = 0; i < fields.size() && i < parts.size(); ++i) {
    if (fields[i].name == expression.member.text) {
      return {.value = parts[i]};
    }
  }
  return {};
}

Evaluated InstanceTree::evaluate_composite(const Instance* inside, const Expression& expression) {
  std::vector<const Value*> parts;
  if (const auto* list = as<ListExpression>(&expression)) {
    for (const Expression* element : list->elements) {
      parts.push_back(evaluate(inside, *element).value);
    }
  } else if (const auto* fields = as<StructExpression>(&expression)) {
    for (const NamedField& field : fields->fields) {
      parts.push_back(evaluate(inside, *field.value).value);
    }
  } else {
    const auto& use = to<IndexExpression>(expression);
    const Value* base = evaluate_raw(inside, *use.base).value;
    const Value* index = evaluate(inside, *use.index).value;
    if (base == nullptr || base->composite() == nullptr || index == nullptr || index->number() == nullptr) {
      return {};
    }
    const auto& elements = base->composite()->parts;
    if (*index->number() < 0 || *index->number() >= elements.size()) {
      diagnostics_.error(expression.where, "the index is outside of what it indexes");
      return {};
    }
    return {.value = elements[index->number()->get_ui()]};
  }
  for (const Value* part : parts) {
    if (part == nullptr) {
      return {};
    }
  }
  return {.value = values_.composite(expression.type, std::move(parts))};
}

Evaluated InstanceTree::evaluate_operator(const Instance* inside, const Expression& expression) {
  const auto value_of = [&](const Expression* of) { return evaluate(inside, *of).value; };
  if (const auto* unary = as<UnaryExpression>(&expression)) {
    const Value* operand = value_of(unary->operand);
    return operand == nullptr ? Evaluated{}
                              : folded(fold_unary(values_, unary->op, *operand, expression.type), expression.where);
  }
  if (const auto* binary = as<BinaryExpression>(&expression)) {
    const Value* left = value_of(binary->left);
    const Value* right = value_of(binary->right);
    if (left == nullptr || right == nullptr) {
      return {};
    }
    return folded(fold_binary(values_, binary->op, *left, *right, expression.type), expression.where);
  }
  if (const auto* cast = as<CastExpression>(&expression)) {
    return convert(value_of(cast->operand), expression.type, expression.where);
  }
  if (const auto* slice = as<SliceExpression>(&expression)) {
    const Value* base = value_of(slice->base);
    const Value* high = value_of(slice->high);
    const Value* low = value_of(slice->low);
    if (base == nullptr || high == nullptr || low == nullptr || high->number() == nullptr || low->number() == nullptr) {
      return {};
    }
    const auto first = static_cast<uint32_t>(high->number()->get_ui());
    const auto second = static_cast<uint32_t>(low->number()->get_ui());
    const uint32_t top = slice->is_plus ? first + second - 1 : first;
    const uint32_t bottom = slice->is_plus ? first : second;
    return folded(fold_slice(values_, *base, top, bottom, expression.type), expression.where);
  }
  const auto& choice = to<ConditionalExpression>(expression);
  const Value* condition = value_of(choice.condition);
  if (condition == nullptr || condition->boolean() == nullptr) {
    return {};
  }
  return {.value = value_of(*condition->boolean() ? choice.if_true : choice.if_false)};
}

}  // namespace outrigger::p4
