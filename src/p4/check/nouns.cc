// Nouns for diagnostics.
#include "p4/check/nouns.h"

#include <fmt/format.h>

#include "p4/printer.h"

namespace outrigger::p4 {

namespace {

// Longer expressions are not repeated in a remedy.
constexpr size_t short_text_bytes_max = 40;

// Small enough that printing it costs nothing: a chain of names, members and numbers.
bool is_simple(const Expression& expression, unsigned depth = 0) {
  if (depth > 8) {
    return false;
  }
  switch (expression.kind) {
    case ExpressionKind::Number: return to<NumberExpression>(expression).number.fits_slong_p();
    case ExpressionKind::Name:
    case ExpressionKind::Bool:
    case ExpressionKind::This: return true;
    case ExpressionKind::Member: return is_simple(*to<MemberExpression>(expression).base, depth + 1);
    case ExpressionKind::Unary: return is_simple(*to<UnaryExpression>(expression).operand, depth + 1);
    case ExpressionKind::Index: {
      const auto& index = to<IndexExpression>(expression);
      return is_simple(*index.base, depth + 1) && is_simple(*index.index, depth + 1);
    }
    case ExpressionKind::Binary: {
      const auto& binary = to<BinaryExpression>(expression);
      return is_simple(*binary.left, depth + 2) && is_simple(*binary.right, depth + 2);
    }
    default: return false;
  }
}

}  // namespace

std::string_view noun_of(const Declaration& declaration) noexcept {
  switch (declaration.kind) {
    case DeclarationKind::Constant: return "constant";
    case DeclarationKind::Variable: return "variable";
    case DeclarationKind::Instantiation: return "instance";
    case DeclarationKind::Parameter: return "parameter";
    case DeclarationKind::TypeParameter: return "type parameter";
    case DeclarationKind::Struct: return "struct";
    case DeclarationKind::Header: return "header";
    case DeclarationKind::HeaderUnion: return "header union";
    case DeclarationKind::StructField: return "field";
    case DeclarationKind::Enum: return "enum";
    case DeclarationKind::EnumMember: return "enum member";
    case DeclarationKind::Error:
    case DeclarationKind::ErrorMember: return "error";
    case DeclarationKind::MatchKind:
    case DeclarationKind::MatchKindMember: return "match kind";
    case DeclarationKind::Typedef:
    case DeclarationKind::NewType: return "type";
    case DeclarationKind::Extern: return "extern";
    case DeclarationKind::Method: return "method";
    case DeclarationKind::Function: return "function";
    case DeclarationKind::Action: return "action";
    case DeclarationKind::Parser: return "parser";
    case DeclarationKind::ParserState: return "state";
    case DeclarationKind::ValueSet: return "value set";
    case DeclarationKind::Control: return "control";
    case DeclarationKind::Table: return "table";
    case DeclarationKind::Package: return "package";
  }
  return "declaration";
}

std::string noun_and_name(const Declaration& declaration) {
  return fmt::format("{} '{}'", noun_of(declaration), declaration.name.text);
}

std::string_view symbol_of(BinaryOperator op) noexcept {
  switch (op) {
    case BinaryOperator::Multiply: return "*";
    case BinaryOperator::Divide: return "/";
    case BinaryOperator::Modulo: return "%";
    case BinaryOperator::Add: return "+";
    case BinaryOperator::Subtract: return "-";
    case BinaryOperator::AddSaturating: return "|+|";
    case BinaryOperator::SubtractSaturating: return "|-|";
    case BinaryOperator::ShiftLeft: return "<<";
    case BinaryOperator::ShiftRight: return ">>";
    case BinaryOperator::Less: return "<";
    case BinaryOperator::LessEqual: return "<=";
    case BinaryOperator::Greater: return ">";
    case BinaryOperator::GreaterEqual: return ">=";
    case BinaryOperator::Equal: return "==";
    case BinaryOperator::NotEqual: return "!=";
    case BinaryOperator::BitAnd: return "&";
    case BinaryOperator::BitXor: return "^";
    case BinaryOperator::BitOr: return "|";
    case BinaryOperator::Concatenate: return "++";
    case BinaryOperator::And: return "&&";
    case BinaryOperator::Or: return "||";
    case BinaryOperator::Mask: return "&&&";
    case BinaryOperator::Range: return "..";
  }
  return "?";
}

std::string short_text(const Expression& expression, std::string_view otherwise) {
  std::string text = is_simple(expression) ? to_text(expression) : std::string();
  return text.empty() || text.size() > short_text_bytes_max ? std::string(otherwise) : text;
}

std::string operand_text(const Expression& expression) {
  const bool is_primary = expression.kind != ExpressionKind::Binary && expression.kind != ExpressionKind::Unary;
  const std::string text = short_text(expression, "…");
  return is_primary || text == "…" ? text : fmt::format("({})", text);
}

std::string did_you_mean(const std::string& nearest, std::string_view otherwise) {
  return nearest.empty() ? std::string(otherwise) : fmt::format("did you mean '{}'?", nearest);
}

bool is_type_name(const Declaration& declaration) noexcept {
  switch (declaration.kind) {
    case DeclarationKind::TypeParameter:
    case DeclarationKind::Struct:
    case DeclarationKind::Header:
    case DeclarationKind::HeaderUnion:
    case DeclarationKind::Enum:
    case DeclarationKind::Typedef:
    case DeclarationKind::NewType:
    case DeclarationKind::Extern:
    case DeclarationKind::Parser:
    case DeclarationKind::Control:
    case DeclarationKind::Package: return true;
    default: return false;
  }
}

}  // namespace outrigger::p4
