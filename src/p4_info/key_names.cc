// Names of keys from their expressions.
#include "p4_info/key_names.h"

#include "p4/instance_tree.h"
#include "p4/printer.h"

namespace outrigger::p4_info {

namespace {

std::string number_text(const p4::Expression* expression) {
  if (expression->value != nullptr && expression->value->number() != nullptr) {
    return expression->value->number()->get_str();
  }
  const auto* const number = p4::as<p4::NumberExpression>(expression);
  return number != nullptr ? number->number.get_str() : p4::to_text(*expression);
}

// Depth is that of the expression, which the parser bounds.
std::string expression_name(const p4::Expression& expression) {
  switch (expression.kind) {
    case p4::ExpressionKind::Name: return p4::to<p4::NameExpression>(expression).name.text;
    case p4::ExpressionKind::Number: return number_text(&expression);
    case p4::ExpressionKind::Member: {
      const auto& member = p4::to<p4::MemberExpression>(expression);
      return expression_name(*member.base) + "." + member.member.text;
    }
    case p4::ExpressionKind::Index: {
      const auto& index = p4::to<p4::IndexExpression>(expression);
      return expression_name(*index.base) + "[" + number_text(index.index) + "]";
    }
    case p4::ExpressionKind::Slice: {
      const auto& slice = p4::to<p4::SliceExpression>(expression);
      return expression_name(*slice.base) + "[" + number_text(slice.high) + (slice.is_plus ? "+:" : ":") +
             number_text(slice.low) + "]";
    }
    case p4::ExpressionKind::Call: {
      const auto& call = p4::to<p4::CallExpression>(expression);
      const auto* const callee = p4::as<p4::MemberExpression>(call.callee);
      if (callee != nullptr && callee->member_kind == p4::MemberKind::IsValid) {
        return expression_name(*callee->base) + ".$valid$";
      }
      return p4::to_text(expression);
    }
    default: return p4::to_text(expression);
  }
}

}  // namespace

std::string key_name(const p4::TableKey& key) {
  const std::string given = p4::name_annotation(key.annotations);
  return given.empty() ? expression_name(*key.expression) : given;
}

}  // namespace outrigger::p4_info
