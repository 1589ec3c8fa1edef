// ProgramReader: recursive descent over the grammar of P4-16 (appendix "P4 grammar"). One file for each noun: types.cc,
// expressions.cc, keysets.cc, statements.cc, loops.cc, annotations.cc, declarations.cc, type_declarations.cc,
// externs.cc, parsers.cc, controls.cc, tables.cc; braces.cc has what they share.
//
// After an error (is_panicking) functions give what they have; whoever owns a list leaves out what was not read whole,
// so that no null and no placeholder stays in the program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "p4/ast/program.h"
#include "p4/limits.h"
#include "p4/parser/name_kinds.h"
#include "p4/parser/token_cursor.h"

namespace outrigger::p4 {

class ProgramReader : private TokenCursor {
 public:
  // Both outlive the reader, and the program's names do not point into the text.
  ProgramReader(const SourceText& source, Program& program, Diagnostics& diagnostics);
  void run();

 private:
  using Annotations = std::vector<Annotation*>;

  // One level of nesting for as long as it lives; fails at nesting_depth_max.
  class Nesting {
   public:
    explicit Nesting(ProgramReader& reader) : reader_(reader) { reader_.go_deeper(); }
    ~Nesting() { --reader_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    ProgramReader& reader_;
  };
  // A scope of names for as long as it lives.
  class Scope {
   public:
    explicit Scope(ProgramReader& reader) : reader_(reader) { reader_.names_.push(); }
    ~Scope() { reader_.names_.pop(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    ProgramReader& reader_;
  };

  // --- nodes and names ---
  template <typename T, typename... Args>
  T* make(uint32_t begin, Args&&... args) {
    count_node();
    T* const node = program_.arena.make<T>(std::forward<Args>(args)...);
    node->where = {begin, begin};
    return node;
  }
  template <typename T>
  T* finished(T* node) {
    node->where.end = previous().where.end < node->where.begin ? node->where.begin : previous().where.end;
    return node;
  }
  void count_node();
  void go_deeper();
  [[nodiscard]] uint32_t begin() const noexcept { return peek().where.begin; }
  void declare_type(uint32_t name_token) { names_.declare(token(name_token).text, NameKind::Type); }
  void declare_object(uint32_t name_token) { names_.declare(token(name_token).text, NameKind::Object); }

  // --- annotations.cc ---
  Annotations read_annotations();
  Annotation* read_annotation();
  Annotation* read_pragma();
  void read_annotation_tokens(Annotation& annotation);
  void read_annotation_structure(Annotation& annotation);
  static Annotation::Token annotation_token(const Token& token);

  // --- types.cc ---
  TypeRef* read_type();
  TypeRef* read_type_or_void();
  TypeRef* read_type_without_size();
  // The type of what has just been named, sizes read that stand behind the name.
  TypeRef* with_sizes(TypeRef* element);
  TypeRef* read_keyword_type();
  NamedTypeRef* read_named_type();
  Expression* read_width();
  // After `<`, up to and with `>`.
  std::vector<TypeRef*> read_type_arguments(uint32_t open);
  std::vector<TypeParameter*> read_type_parameters();
  [[nodiscard]] bool is_keyword_type(size_t index) const noexcept;
  [[nodiscard]] NameKind kind_of_name(size_t index) const;  // of a name, or of a `.` and a name
  // The index after the type that begins at `index`; `none` when there is none. With `is_unknown_type` names that
  // nobody declared count as types.
  [[nodiscard]] uint32_t after_type(uint32_t index, bool is_unknown_type, uint32_t depth = 0) const;
  [[nodiscard]] uint32_t after_width(uint32_t index) const;
  [[nodiscard]] uint32_t after_type_arguments(uint32_t index, bool is_unknown_type, uint32_t depth = 0) const;

  // --- expressions.cc ---
  Expression* read_expression();
  Expression* read_binary(int precedence_min);
  Expression* read_prefix();
  Expression* read_cast();
  Expression* read_suffixes(Expression* base);
  Expression* read_bracket(Expression* base);
  Expression* read_call(Expression* callee);
  Expression* read_primary();
  Expression* read_keyword_primary();
  void refuse_unknown_cast(uint32_t open);
  Expression* read_number();
  Expression* read_name_or_type();
  Expression* read_of_type(TypeRef* type);
  Expression* read_braces();
  Expression* read_struct_fields(uint32_t open, uint32_t begin);
  void resume_behind(uint32_t open);
  std::vector<Argument> read_arguments();
  [[nodiscard]] bool is_cast() const;
  [[nodiscard]] bool is_call_with_types() const;
  // Comma-separated up to the closing bracket, which is not taken; a comma may be last.
  std::vector<Expression*> read_expressions(Symbol closing);
  Expression* nothing() noexcept { return nothing_; }
  // The height of a tree over trees of these heights; fails when it is too high.
  uint32_t grown(uint32_t height);

  // --- keysets.cc ---
  std::vector<Expression*> read_keysets();
  Expression* read_keyset();
  Expression* read_range(Expression* first, uint32_t begin);

  // --- statements.cc ---
  BlockStatement* read_block(Annotations annotations);
  void read_block_statements(std::vector<Statement*>& statements);
  Statement* read_statement();
  Statement* read_keyword_statement();
  Statement* read_body(std::string_view of);
  Statement* read_conditional();
  Statement* read_switch();
  SwitchCase* read_switch_case();
  Statement* read_return();
  Statement* read_assignment_or_call();  // without its ';'
  Statement* read_assignment(Expression* left, uint32_t begin);
  Statement* read_declaration_statement(Annotations annotations);
  template <typename T>
  Statement* read_simple(std::string_view name);

  // --- loops.cc ---
  Statement* read_for(Annotations annotations);
  Statement* read_for_clauses(uint32_t first, Annotations annotations);
  Statement* read_for_in(uint32_t begin, Annotations annotations, Declaration* variable, Expression* use);
  Statement* read_for_classic(uint32_t begin, Annotations annotations, Statement* first);
  Statement* read_for_initial();
  void read_for_update(ForStatement& loop);

  // --- declarations.cc ---
  void read_top_level();
  Declaration* read_declaration();
  bool is_of_p4_14();
  Declaration* read_other_declaration(Annotations annotations);
  Declaration* read_constant(Annotations annotations);
  Declaration* read_variable(TypeRef* type, uint32_t begin, Annotations annotations, bool has_semicolon);
  Declaration* read_instantiation(TypeRef* type, uint32_t begin, Annotations annotations);
  void read_initializer(InstantiationDeclaration& instance);
  // A variable or instantiation, inside parsers, controls and blocks.
  Declaration* read_variable_or_instantiation(Annotations annotations);
  FunctionDeclaration* read_function(TypeRef* result, uint32_t begin, Annotations annotations, bool is_extern);
  Declaration* read_action(Annotations annotations);
  std::vector<Parameter*> read_parameters();
  Parameter* read_parameter();
  // A variable or instantiation begins here, rather than an assignment or call.
  [[nodiscard]] bool is_declaration() const;

  // --- type_declarations.cc ---
  Declaration* read_typedef(Annotations annotations);
  Declaration* read_new_type(Annotations annotations);
  Declaration* read_struct_like(DeclarationKind kind, Annotations annotations);
  StructField* read_field();
  Declaration* read_enum(Annotations annotations);
  EnumMember* read_enum_member(bool is_serializable);
  Declaration* read_error(Annotations annotations);
  Declaration* read_match_kind(Annotations annotations);
  Declaration* read_derived_type(Annotations annotations);
  template <typename Member>
  void read_members(std::vector<Member*>& members, std::string_view what);

  // --- externs.cc ---
  Declaration* read_extern(Annotations annotations);
  Declaration* read_extern_object(uint32_t begin, Annotations annotations);
  MethodDeclaration* read_method();
  Declaration* read_package(Annotations annotations);
  [[nodiscard]] bool is_extern_object() const;

  // --- parsers.cc ---
  Declaration* read_parser(Annotations annotations);
  void read_parser_body(ParserDeclaration& parser);
  Declaration* read_parser_local(Annotations annotations);
  Declaration* read_value_set(Annotations annotations);
  ParserState* read_state(Annotations annotations);
  void read_state_statements(std::vector<Statement*>& statements);
  Statement* read_state_statement();
  Transition* read_transition();
  SelectCase* read_select_case();

  // --- controls.cc ---
  Declaration* read_control(Annotations annotations);
  void read_control_body(ControlDeclaration& control);
  Declaration* read_control_local(Annotations annotations);

  // --- tables.cc ---
  Declaration* read_table(Annotations annotations);
  void read_table_property(TableDeclaration& table);
  void read_keys(TableDeclaration& table);
  void read_actions(TableDeclaration& table);
  void read_entries(TableDeclaration& table, bool is_const);
  void read_other_property(TableDeclaration& table, uint32_t begin, Annotations annotations, bool is_const);
  TableKey* read_key();
  TableAction* read_table_action(Annotations annotations);
  TableEntry* read_entry();
  Expression* read_priority();

  // `{` elements `}`: reads one after the other with `read_one`, which may leave one out by panicking.
  template <typename ReadOne>
  void read_braced(std::string_view what, ReadOne read_one);
  // --- braces.cc ---
  [[nodiscard]] bool is_at_elements_end();
  [[nodiscard]] bool is_beyond_braces() const;
  [[nodiscard]] bool is_closed_too_early() const;
  void close_braces(std::string_view what);

  Program& program_;
  NameKinds names_;
  std::vector<uint32_t> braces_;  // where those that are being read began, the outermost first
  uint32_t missed_at_ = none;     // where a missing '}' was told
  uint32_t depth_ = 0;            // of nesting here
  uint32_t height_ = 0;           // of the expression read last
  bool is_foreign_ = false;       // it is of another language: nothing more is read
  Expression* nothing_;           // what a failed expression is
  TypeRef* no_type_;              // and a failed type
};

template <typename ReadOne>
void ProgramReader::read_braced(std::string_view what, ReadOne read_one) {
  const uint32_t open = position();
  if (!expect_opening_brace(what)) {
    return;
  }
  braces_.push_back(open);
  while (!is_at_elements_end() && !diagnostics().is_full()) {
    const uint32_t before = position();
    read_one();
    if (is_panicking()) {
      recover(before);
    }
  }
  close_braces(what);
}

}  // namespace outrigger::p4
