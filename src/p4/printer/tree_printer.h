// TreePrinter: writes a syntax tree as P4, with four blanks for each level. One file for each noun, as the parser.
//
// What it writes reads back as the same tree: parentheses stand where precedence asks for them. Recursion is as deep as
// the tree, which the parser bounds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "p4/ast/program.h"

namespace outrigger::p4 {

class TreePrinter {
 public:
  void print(const Program& program);
  void print(const Declaration& declaration);
  void print(const Statement& statement);
  void print(const Expression& expression) { print_expression(expression, lowest_precedence); }
  void print(const TypeRef& type);
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  static constexpr int lowest_precedence = -1;

  // --- layout ---
  void add(std::string_view text) { text_ += text; }
  void new_line();
  // ` {`, what `inside` prints on lines of its own, `}`.
  template <typename Inside>
  void print_braced(Inside inside) {
    add("{");
    ++level_;
    inside();
    --level_;
    new_line();
    add("}");
  }
  template <typename List, typename PrintOne>
  void print_list(const List& list, PrintOne print_one) {
    bool is_first = true;
    for (const auto& one : list) {
      add(is_first ? "" : ", ");
      is_first = false;
      print_one(one);
    }
  }

  // --- annotations ---
  void print_annotations(const std::vector<Annotation*>& annotations);        // each followed by a blank
  void print_annotations_after(const std::vector<Annotation*>& annotations);  // each after a blank
  void print_annotation(const Annotation& annotation);
  void print_annotation_tokens(const std::vector<Annotation::Token>& tokens);
  void print_string(std::string_view text);

  // --- types ---
  void print_base_type(const BaseTypeRef& type);
  void print_type_arguments(const std::vector<TypeRef*>& arguments);
  void print_type_parameters(const std::vector<TypeParameter*>& parameters);

  // --- expressions ---
  void print_expression(const Expression& expression, int precedence_min);
  void print_operand(const Expression& expression);
  void print_operation(const Expression& expression);
  void print_number(const NumberExpression& number);
  void print_binary(const BinaryExpression& binary);
  void print_unary(const UnaryExpression& unary);
  void print_suffixed(const Expression& expression);
  void print_braces(const Expression& expression);
  void print_arguments(const std::vector<Argument>& arguments);
  void print_keysets(const std::vector<Expression*>& keysets);

  // --- statements ---
  void print_block(const BlockStatement& block);
  void print_body(const Statement& body);
  void print_without_semicolon(const Statement& statement);
  void print_conditional(const ConditionalStatement& conditional);
  void print_switch(const SwitchStatement& statement);
  void print_for(const ForStatement& loop);
  void print_for_in(const ForInStatement& loop);

  // --- declarations ---
  void print_type_declaration(const Declaration& declaration);
  void print_struct_like(const StructLikeDeclaration& type, std::string_view keyword);
  void print_enum(const EnumDeclaration& type);
  void print_constant(const ConstantDeclaration& constant);
  void print_variable(const VariableDeclaration& variable);  // without its ';'
  void print_instantiation(const InstantiationDeclaration& instance);
  void print_parameters(const std::vector<Parameter*>& parameters);
  void print_parameter(const Parameter& parameter);
  void print_function(const FunctionDeclaration& function);
  void print_extern(const ExternDeclaration& object);
  void print_method(const MethodDeclaration& method);
  void print_parser(const ParserDeclaration& parser);
  void print_state(const ParserState& state);
  void print_transition(const Transition& transition);
  void print_control(const ControlDeclaration& control);
  void print_table(const TableDeclaration& table);
  void print_table_action(const TableAction& action);
  void print_entry(const TableEntry& entry);

  std::string text_;
  uint32_t level_ = 0;
};

}  // namespace outrigger::p4
