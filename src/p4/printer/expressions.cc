// Prints types and expressions.
#include <array>

#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {
namespace {

struct OperatorText {
  std::string_view text;
  int precedence;  // as in the grammar's appendix: higher binds tighter
};

// In the order of BinaryOperator.
constexpr std::array<OperatorText, 23> binary_operators = {{
    {"*", 10}, {"/", 10}, {"%", 10}, {"+", 9},  {"-", 9},  {"|+|", 9},  {"|-|", 9}, {"<<", 8},
    {">>", 8}, {"<", 4},  {"<=", 4}, {">", 4},  {">=", 4}, {"==", 3},   {"!=", 3},  {"&", 7},
    {"^", 6},  {"|", 5},  {"++", 9}, {"&&", 2}, {"||", 1}, {"&&&", -1}, {"..", -1},
}};
static_assert(binary_operators.size() == static_cast<size_t>(BinaryOperator::Range) + 1);

constexpr int conditional_precedence = 0;
constexpr int prefix_precedence = 11;
constexpr int suffix_precedence = 12;
constexpr int operand_precedence = 13;

const OperatorText& text_of(BinaryOperator op) { return binary_operators[static_cast<size_t>(op)]; }

int precedence_of(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::Conditional: return conditional_precedence;
    case ExpressionKind::Binary: return text_of(to<BinaryExpression>(expression).op).precedence;
    case ExpressionKind::Unary:
    case ExpressionKind::Cast: return prefix_precedence;
    case ExpressionKind::Member:
    case ExpressionKind::Index:
    case ExpressionKind::Slice:
    case ExpressionKind::Call: return suffix_precedence;
    default: return operand_precedence;
  }
}

}  // namespace

void TreePrinter::print_expression(const Expression& expression, int precedence_min) {
  const bool has_parentheses = precedence_of(expression) < precedence_min;
  add(has_parentheses ? "(" : "");
  switch (expression.kind) {
    case ExpressionKind::Unary:
    case ExpressionKind::Binary:
    case ExpressionKind::Conditional:
    case ExpressionKind::Cast: print_operation(expression); break;
    case ExpressionKind::Member:
    case ExpressionKind::TypeMember:
    case ExpressionKind::Index:
    case ExpressionKind::Slice:
    case ExpressionKind::Call:
    case ExpressionKind::Construct: print_suffixed(expression); break;
    case ExpressionKind::List:
    case ExpressionKind::Struct: print_braces(expression); break;
    default: print_operand(expression);
  }
  add(has_parentheses ? ")" : "");
}

void TreePrinter::print_operand(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::Number: print_number(to<NumberExpression>(expression)); return;
    case ExpressionKind::Bool: add(to<BoolExpression>(expression).is_true ? "true" : "false"); return;
    case ExpressionKind::String: print_string(to<StringExpression>(expression).text); return;
    case ExpressionKind::Name: {
      const auto& name = to<NameExpression>(expression);
      add(name.is_global ? "." : "");
      add(name.name.text);
      return;
    }
    case ExpressionKind::This: add("this"); return;
    case ExpressionKind::InvalidHeader: add("{#}"); return;
    case ExpressionKind::Default: add("..."); return;
    case ExpressionKind::DontCare: add(to<DontCareExpression>(expression).is_default ? "default" : "_"); return;
    default: check(false, "an operand");
  }
}

void TreePrinter::print_number(const NumberExpression& number) {
  if (number.width.has_value()) {
    add(std::to_string(*number.width));
    add(number.is_signed ? "s" : "w");
  }
  add(number.number.get_str());
}

void TreePrinter::print_operation(const Expression& expression) {
  if (const auto* const binary = as<BinaryExpression>(&expression)) {
    print_binary(*binary);
  } else if (const auto* const unary = as<UnaryExpression>(&expression)) {
    print_unary(*unary);
  } else if (const auto* const cast = as<CastExpression>(&expression)) {
    add("(");
    print(*cast->to);
    add(") ");
    print_expression(*cast->operand, prefix_precedence);
  } else {
    const auto& conditional = to<ConditionalExpression>(expression);
    print_expression(*conditional.condition, conditional_precedence + 1);
    add(" ? ");
    print_expression(*conditional.if_true, conditional_precedence);
    add(" : ");
    print_expression(*conditional.if_false, conditional_precedence);
  }
}

// (a < b) > c keeps its parentheses: `a < b > (c)` could be a call with type arguments.
void TreePrinter::print_binary(const BinaryExpression& binary) {
  const OperatorText& op = text_of(binary.op);
  const auto* const left = as<BinaryExpression>(binary.left);
  const bool is_like_call = binary.op == BinaryOperator::Greater && left != nullptr && left->op == BinaryOperator::Less;
  print_expression(*binary.left, is_like_call ? op.precedence + 1 : op.precedence == -1 ? 0 : op.precedence);
  add(" ");
  add(op.text);
  add(" ");
  print_expression(*binary.right, op.precedence + 1);
}

// +(+a) keeps its parentheses: `++` is another operator.
void TreePrinter::print_unary(const UnaryExpression& unary) {
  constexpr std::array<std::string_view, 4> texts = {"-", "+", "~", "!"};
  add(texts[static_cast<size_t>(unary.op)]);
  const auto* const inner = as<UnaryExpression>(unary.operand);
  const bool are_two_plus = unary.op == UnaryOperator::Plus && inner != nullptr && inner->op == UnaryOperator::Plus;
  print_expression(*unary.operand, are_two_plus ? suffix_precedence : prefix_precedence);
}

void TreePrinter::print_suffixed(const Expression& expression) {
  if (const auto* const member = as<MemberExpression>(&expression)) {
    print_expression(*member->base, suffix_precedence);
    add(".");
    add(member->member.text);
  } else if (const auto* const of_type = as<TypeMemberExpression>(&expression)) {
    print(*of_type->of);
    add(".");
    add(of_type->member.text);
  } else if (const auto* const index = as<IndexExpression>(&expression)) {
    print_expression(*index->base, suffix_precedence);
    add("[");
    print(*index->index);
    add("]");
  } else if (const auto* const slice = as<SliceExpression>(&expression)) {
    print_expression(*slice->base, suffix_precedence);
    add("[");
    print(*slice->high);
    add(slice->is_plus ? "+:" : ":");
    print(*slice->low);
    add("]");
  } else if (const auto* const call = as<CallExpression>(&expression)) {
    print_expression(*call->callee, suffix_precedence);
    if (call->has_type_arguments) {
      print_type_arguments(call->type_arguments);
    }
    print_arguments(call->arguments);
  } else {
    const auto& construct = to<ConstructExpression>(expression);
    print(*construct.of);
    print_arguments(construct.arguments);
  }
}

void TreePrinter::print_arguments(const std::vector<Argument>& arguments) {
  add("(");
  print_list(arguments, [&](const Argument& argument) {
    if (argument.name.has_value()) {
      add(argument.name->text);
      add(" = ");
    }
    if (argument.value == nullptr) {
      add("_");
    } else {
      print(*argument.value);
    }
  });
  add(")");
}

void TreePrinter::print_braces(const Expression& expression) {
  if (const auto* const fields = as<StructExpression>(&expression)) {
    add("{");
    print_list(fields->fields, [&](const NamedField& field) {
      add(field.name.text);
      add(" = ");
      print(*field.value);
    });
    add(!fields->has_rest ? "" : fields->fields.empty() ? "..." : ", ...");
    add("}");
    return;
  }
  const auto& list = to<ListExpression>(expression);
  add(list.is_keyset ? "(" : "{");
  print_list(list.elements, [&](const Expression* element) { print(*element); });
  add(!list.has_rest ? "" : list.elements.empty() ? "..." : ", ...");
  add(list.is_keyset ? ")" : "}");
}

void TreePrinter::print_keysets(const std::vector<Expression*>& keysets) {
  add(keysets.size() == 1 ? "" : "(");
  print_list(keysets, [&](const Expression* keyset) { print(*keyset); });
  add(keysets.size() == 1 ? "" : ")");
}

}  // namespace outrigger::p4
