// The type checker: fills in what the syntax tree leaves open, and refuses what P4-16 forbids.
//
// One pass over the declarations in the order of the text: P4 has no forward references but for a parser's states. Each
// rule of the specification is in the file of its noun: expressions.cc, operators.cc, members.cc, conversions.cc,
// calls.cc, bindings.cc, keysets.cc, type_refs.cc; declarations.cc, callables.cc, statements.cc, parsers.cc,
// controls.cc, tables.cc, table_entries.cc, instances.cc, annotations.cc. After an error an expression has the type
// Poison, with which everything goes.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "p4/check/scopes.h"
#include "p4/check/site.h"
#include "p4/diagnostics.h"
#include "p4/types.h"
#include "p4/value.h"

namespace outrigger::p4 {

// What a callee wants, whatever it is: a function's, method's, action's, parser's, control's or package's parameters.
struct Signature {
  const Declaration* declaration = nullptr;  // for diagnostics
  std::string_view noun;                     // "function", "action", "constructor of parser" …
  std::span<TypeParameter* const> type_parameters;
  std::span<Parameter* const> parameters;
  const Type* result = nullptr;
  Substitution object;  // what the type variables of the object that a method belongs to stand for
};

class Checker {
 public:
  // All must live longer. The program's `Filled in by the checker` members are filled in.
  Checker(Program& program, TypeTable& types, ValueTable& values, Diagnostics& diagnostics);
  // The whole program. Faults are in the diagnostics; without errors there, every member that is to be filled in is.
  void run();

 private:
  // ---- Expressions (expressions.cc and the files that it calls) ----

  // Types the expression and returns its type: Poison after an error, never null. `expected` is a hint for what has no
  // type by itself (`{…}`, `...`, generic results): it does not convert. Sets type, converted (= type), is_known,
  // value.
  const Type* check(Expression& expression, const Type* expected = nullptr);
  // check(), then convert(): the usual way to check an expression that must have a type. False after an error.
  bool check_as(Expression& expression, const Type* wanted, std::string_view what);
  // Makes a checked expression have the type `wanted` by the implicit casts of §8.12.2 (and, for lists and structs,
  // part by part); says in a diagnostic what cannot be. `what` is the role, for the text: "argument 'x'", "right side
  // of the assignment".
  bool convert(Expression& expression, const Type* wanted, std::string_view what);
  // Could convert() do it? No diagnostics, nothing changed.
  bool can_convert(const Expression& expression, const Type* wanted);
  // The value of an expression that must be local compile-time known and an int or bit<N>/int<N>; null after an error.
  const Value* require_constant(Expression& expression, std::string_view what);
  // The same as a number within bounds, for widths, sizes, indices.
  std::optional<uint32_t> require_count(Expression& expression, std::string_view what, uint32_t least, uint32_t most);
  // §6.7: may it stand on the left? require_ says why not.
  bool is_l_value(const Expression& expression);
  bool require_l_value(Expression& expression, std::string_view what);
  // Both sides of a binary operator or the branches of ?: come to one type; null after an error.
  const Type* unify_operands(Expression& left, Expression& right, SourceRange where, std::string_view what);

  const Type* check_binary(BinaryExpression& expression);
  const Type* check_unary(UnaryExpression& expression);
  const Type* check_cast(CastExpression& expression);
  const Type* check_member(MemberExpression& expression);
  const Type* check_type_member(TypeMemberExpression& expression);
  const Type* check_name(NameExpression& expression);
  const Type* check_index(IndexExpression& expression);
  const Type* check_slice(SliceExpression& expression);
  const Type* check_list(ListExpression& expression, const Type* expected);
  const Type* check_struct(StructExpression& expression, const Type* expected);
  const Type* check_conditional(ConditionalExpression& expression, const Type* expected);
  // Calls of every kind (calls.cc); the restrictions by site_ are checked here.
  const Type* check_call(CallExpression& expression, const Type* expected);

  // Meets arguments and parameters (bindings.cc): positional or named, optional, defaults, directions and l-values,
  // inference of type arguments (unifier). False after an error. `given`: explicit type arguments, empty when there are
  // none.
  bool bind(const Signature& signature, std::span<const Type* const> given, std::vector<Argument>& arguments,
            SourceRange where, const Type* expected, Binding& binding);
  // Of several overloads the one that the number and names of the arguments choose (§6.9); null after an error.
  Declaration* choose_overload(const Scopes::Overloads& overloads, const std::vector<Argument>& arguments,
                               SourceRange where, std::string_view name);

  // Keysets of a select or of an entry against the types of what is matched (keysets.cc). `match_kinds` is empty for a
  // select.
  bool check_keysets(std::vector<Expression*>& keysets, std::span<const Type* const> types,
                     std::span<MatchKindMember* const> match_kinds, SourceRange where);

  // A type as it is written → a type; Poison after an error (type_refs.cc).
  const Type* resolve(TypeRef& ref);

  // ---- Declarations and statements (declarations.cc and the files that it calls) ----

  // Declares the name in the innermost scope and says so when it is taken.
  void declare(Declaration& declaration);
  // Checks one declaration of any kind where it stands, and declares it.
  void check_declaration(Declaration& declaration);
  void check_type_declaration(Declaration& declaration);
  void check_callable(Declaration& declaration);  // functions, externs, actions
  void check_parser(ParserDeclaration& parser);
  void check_control(ControlDeclaration& control);
  void check_package(PackageDeclaration& package);
  void check_table(TableDeclaration& table);
  void check_value_set(ValueSetDeclaration& value_set);
  void check_constant(ConstantDeclaration& constant);
  void check_variable(VariableDeclaration& variable);
  void check_instantiation(InstantiationDeclaration& instantiation);
  // `T(…)` as an expression: its type (instances.cc); called by check().
  const Type* check_construct(ConstructExpression& expression, const Type* expected);
  // Parameters of anything: types, directions that the owner allows, default values, @optional; declares them in the
  // innermost scope.
  void check_parameters(std::span<Parameter* const> parameters, std::string_view owner, bool is_constructor);
  void check_annotations(std::span<Annotation* const> annotations, const Declaration* of);

  void check_statement(Statement& statement);
  void check_block(BlockStatement& block);  // opens a scope
  void check_transition(Transition& transition, ParserDeclaration& parser);

  // The signature by which a declaration is called, applied or made. `type` is the object's (type arguments) or null.
  Signature call_signature(const Declaration& declaration, const Type* object);
  Signature constructor_signature(const Declaration& declaration, const MethodDeclaration* constructor,
                                  const Type* type);

  // ---- Diagnostics ----
  Diagnostic& error(SourceRange where, std::string what, std::string remedy = {}) {
    return diagnostics_.error(where, std::move(what), std::move(remedy));
  }
  // Not said where an enclosing declaration has @noWarn("rule").
  void warning(std::string_view rule, SourceRange where, std::string what, std::string remedy = {});

  Program& program_;
  TypeTable& types_;
  ValueTable& values_;
  Diagnostics& diagnostics_;
  Scopes scopes_;
  Site site_ = Site::TopLevel;
  const Declaration* inside_ = nullptr;  // the parser, control, action, function … whose body is being checked
  const Type* result_ = nullptr;         // of the function or method around; null elsewhere
  unsigned loop_depth_ = 0;              // `break` and `continue` need one
  const InstantiationDeclaration* instance_ = nullptr;  // whose abstract methods are being checked: what `this` is
  TableDeclaration* table_ = nullptr;                   // whose properties are being checked
};

}  // namespace outrigger::p4
