// The type checker: fills in what the syntax tree leaves open, and refuses what P4-16 forbids.
//
// One pass over the declarations in the order of the text: P4 has no forward references but for a parser's states. Each
// rule of the specification is in the file of its noun: expressions.cc, operators.cc, members.cc, conversions.cc,
// calls.cc, bindings.cc, keysets.cc, type_refs.cc; declarations.cc, struct_likes.cc, enums.cc, callables.cc,
// parameters.cc, statements.cc, switches.cc, loops.cc, parsers.cc, controls.cc, tables.cc, table_entries.cc,
// instances.cc, abstract_methods.cc, annotations.cc. After an error an expression has the type Poison, with which
// everything goes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "p4/check/parameter_owner.h"
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
  const Type* check_call(CallExpression& expression);

  // Meets arguments and parameters (bindings.cc): positional or named, optional, defaults, directions and l-values,
  // inference of type arguments (unifier). False after an error. `given`: explicit type arguments, empty when there are
  // none.
  bool bind(const Signature& signature, std::span<const Type* const> given, std::vector<Argument>& arguments,
            SourceRange where, Binding& binding);
  // Of several overloads the one that the number and names of the arguments choose (§6.9); null after an error.
  Declaration* choose_overload(const Scopes::Overloads& overloads, const std::vector<Argument>& arguments,
                               SourceRange where, std::string_view name);

  // Keysets of a select or of an entry against the types of what is matched (keysets.cc). `match_kinds` is empty for a
  // select.
  bool check_keysets(std::vector<Expression*>& keysets, std::span<const Type* const> types,
                     std::span<MatchKindMember* const> match_kinds, SourceRange where);

  // A type as it is written → a type; Poison after an error (type_refs.cc).
  const Type* resolve(TypeRef& ref);
  // What a constructor's call names: the declaration of an extern, parser, control or package, and its type arguments
  // as far as they are given (empty: none are; DontCare: `_`). Null after an error.
  Declaration* resolve_constructed(TypeRef& ref, std::vector<const Type*>& given);

  // ---- What the files of expressions share ----

  // Writes what was found out into the expression; gives the type.
  const Type* settle(Expression& expression, const Type* type, bool is_known = false, const Value* value = nullptr);
  // The same with what folding gave; says what is wrong, if something is.
  const Type* settle(Expression& expression, const Type* type, bool is_known, const Folded& folded);
  const Type* settle_poison(Expression& expression) { return settle(expression, types_.poison()); }
  // The value of an expression after its implicit casts; null when there is none.
  const Value* converted_value(const Expression& expression);
  // §8.12.2: a serializable enum becomes its underlying type where numbers are wanted. Gives what it is then.
  const Type* lower_enum(Expression& expression);

  const Type* check_by_kind(Expression& expression, const Type* expected);
  const Type* check_number(NumberExpression& expression);
  const Type* check_this(ThisExpression& expression);
  const Type* type_of_name(NameExpression& expression, Declaration& declaration);
  // Names that are nowhere: said with the nearest that there is.
  void unknown_name(const Name& name, std::string_view noun);
  std::string as_member(const std::string& name);

  // Why an expression cannot be converted, and which part of it.
  struct Misfit {
    SourceRange where;
    std::string what;  // follows the role of the whole: " is of type …", ": field 'f' is of type …"
    std::string remedy;
  };
  std::optional<Misfit> misfit(const Expression& expression, const Type* wanted);
  std::optional<Misfit> list_misfit(const ListExpression& list, const Type* wanted);
  std::optional<Misfit> struct_misfit(const StructExpression& literal, const Type* wanted);
  void apply_conversion(Expression& expression, const Type* wanted);
  void apply_literal_conversion(Expression& expression, const Type* wanted);
  void warn_overflow(const Expression& expression, const Type* wanted);
  // The type to which two types come in unify_operands(); null: none.
  const Type* common_type(const Expression& left, const Expression& right);

  const Type* check_arithmetic(BinaryExpression& expression);
  const Type* check_comparison(BinaryExpression& expression);
  const Type* check_equality(BinaryExpression& expression);
  const Type* check_shift(BinaryExpression& expression);
  const Type* check_concatenation(BinaryExpression& expression);
  const Type* check_logic(BinaryExpression& expression);
  const Type* check_set_operator(BinaryExpression& expression);
  const Type* fold_operands(BinaryExpression& expression, const Type* type);
  bool require_numeric(Expression& operand, std::string_view op);
  bool is_comparable(const Type* type);
  bool can_cast(const Type* from, const Type* to);
  const Type* check_tuple_index(IndexExpression& expression);
  const Type* check_slice_of_width(SliceExpression& expression, const Type* base);

  const Type* check_field(MemberExpression& expression);
  const Type* check_stack_member(MemberExpression& expression);
  const Type* check_apply_result_member(MemberExpression& expression);
  const Type* refuse_member(MemberExpression& expression);
  EnumMember* find_enum_member(const EnumDeclaration& enumeration, const std::string& name);

  const Type* call_name(CallExpression& call, std::span<const Type* const> given);
  const Type* call_member(CallExpression& call, std::span<const Type* const> given);
  const Type* call_type_member(CallExpression& call, std::span<const Type* const> given);
  const Type* call_method(CallExpression& call, std::span<const Type* const> given);
  const Type* call_apply(CallExpression& call, std::span<const Type* const> given);
  const Type* call_table(CallExpression& call);
  const Type* call_built_in(CallExpression& call, MemberKind kind);
  const Type* call_size(CallExpression& call, MemberKind kind, const Type* type);
  bool check_stack_shift(CallExpression& call);
  const Type* refuse_call(CallExpression& call);
  // Binds, looks at the place, and settles the call.
  const Type* finish_call(CallExpression& call, CallKind kind, Declaration& target, const Signature& signature,
                          std::span<const Type* const> given);
  // May it be called where the checker stands (call_sites.cc)?
  bool check_call_site(CallKind kind, const Declaration& target, SourceRange where);
  // What core.p4 asks of its functions and methods beyond their types (core_calls.cc).
  bool check_core_call(CallExpression& call);
  bool check_extract(const CallExpression& call);
  bool check_static_assert(CallExpression& call);
  bool is_emittable(const Type* type);
  bool has_varbit_or_union(const Type* type);
  class Binder;  // bind(), step by step (bindings.cc)

  bool check_keyset(Expression& keyset, const Type* type, const MatchKindMember* match_kind);
  bool check_value_set_use(const Expression& keyset, std::span<const Type* const> types);
  bool check_keyset_operator(BinaryExpression& keyset, const Type* type, const MatchKindMember* match_kind);
  const Type* resolve_base(BaseTypeRef& ref);
  const Type* resolve_named(NamedTypeRef& ref);
  const Type* resolve_stack(StackTypeRef& ref);
  const Type* resolve_parts(TypeRef& ref);
  Declaration* find_type(NamedTypeRef& ref);
  bool resolve_arguments(NamedTypeRef& ref, std::vector<const Type*>& arguments);
  bool open_dont_cares(const NamedTypeRef& ref, const Declaration& declaration, std::vector<const Type*>& arguments);
  bool check_specialised_fields(const Type* type, SourceRange where);

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
  const Type* check_construct(ConstructExpression& expression);
  // Parameters of anything: types, directions that the owner allows, default values, @optional; declares them in the
  // innermost scope.
  void check_parameters(std::span<Parameter* const> parameters, ParameterOwner owner);
  bool check_parameter_type(const Parameter& parameter, const Type* type, ParameterOwner owner);
  void check_parameter_default(Parameter& parameter, ParameterOwner owner);
  void check_type_parameters(std::span<TypeParameter* const> parameters);
  void check_annotations(std::span<Annotation* const> annotations, const Declaration* of);
  void check_annotation(Annotation& annotation);
  void check_structured_annotation(Annotation& annotation);
  void read_constants(Annotation& annotation);
  void check_match_annotation(const StructField& field);

  void check_struct_like(StructLikeDeclaration& declaration);
  bool may_be_field(const Type* type, DeclarationKind container);  // as a field of a struct, header or header union
  void check_enum(EnumDeclaration& declaration);
  void check_enum_member(EnumMember& member, const EnumDeclaration& declaration, const Type* underlying);
  bool check_enum_range(const Expression& initial, const Type* underlying);
  void declare_errors(ErrorDeclaration& declaration);
  void check_errors(const ErrorDeclaration& declaration);
  void check_match_kinds(MatchKindDeclaration& declaration);
  void check_typedef(TypedefDeclaration& declaration);
  void check_new_type(NewTypeDeclaration& declaration);
  // False, and said why, where a type holds more inside than the limits allow (extents.cc).
  bool check_extent(const Type* type, SourceRange where);
  struct Extent {
    uint32_t depth = 1;            // types inside one another, also by fields
    uint64_t leaves = 1;           // parts that have none themselves; never much above type_leaves_max
    bool fits_header = false;      // it may be inside a header's field (§7.2.8): of known layout, without varbit
    bool holds_constants = false;  // int, string or match_kind is in it, of which there are no values at run time
  };
  Extent extent(const Type* type);

  void check_function(FunctionDeclaration& function);
  void check_function_body(FunctionDeclaration& function, Site site);
  void check_action(ActionDeclaration& action);
  void check_extern(ExternDeclaration& declaration);
  void check_method(MethodDeclaration& method, ExternDeclaration& declaration);
  void check_method_overloads(const ExternDeclaration& declaration);
  void check_result_type(const Type* result, SourceRange where, bool has_body);

  void check_control_body(ControlDeclaration& control);
  void check_control_plane_names(const ControlDeclaration& control);
  // After the body: the same type applied directly twice has two tables, or two value sets, of one name (§15.1).
  void check_direct_calls(const Declaration& block, std::span<Declaration* const> locals);
  void check_state(ParserState& state, ParserDeclaration& parser);
  void check_states(ParserDeclaration& parser);
  void check_select(Transition& transition, ParserDeclaration& parser);
  ParserState* find_state(const Name& name, const ParserDeclaration& parser);
  void warn_unreachable_states(const ParserDeclaration& parser);

  void check_table_keys(TableDeclaration& table);
  void check_table_actions(TableDeclaration& table);
  void check_table_action(TableAction& action);
  void check_table_properties(TableDeclaration& table);
  void check_table_property(TableProperty& property, TableDeclaration& table);
  void check_table_entries(TableDeclaration& table);
  void check_table_entry(TableEntry& entry, TableDeclaration& table, std::span<const Type* const> key_types,
                         std::span<MatchKindMember* const> match_kinds);
  void check_entry_priorities(TableDeclaration& table);
  struct PriorityRules {
    bool largest_wins = true;
    int64_t delta = 1;
  };
  PriorityRules priority_rules(const TableDeclaration& table);
  void check_default_action(TableProperty& property, TableDeclaration& table);
  void check_empty_group_action(TableProperty& property, TableDeclaration& table);
  void set_missing_default_action(TableDeclaration& table);
  // An action with arguments where an entry or default_action names it: the one of the table's `actions` that is meant,
  // and what its directionless parameters are given. Null after an error.
  const TableAction* check_action_use(const Name& name, bool is_global, std::vector<Argument>& arguments,
                                      SourceRange where, TableDeclaration& table, Binding& binding);
  bool check_action_arguments(Binding& binding, const TableAction& listed);
  ActionDeclaration* find_action(const Name& name, bool is_global);
  MatchKindMember* find_match_kind(const Name& name);

  // Everything about an instance but its name: the target, the constructor, the arguments; its type. Poison after an
  // error.
  const Type* check_instance(TypeRef& ref, std::vector<Argument>& arguments, SourceRange where, Declaration*& target,
                             Binding& binding);
  const Type* bind_constructor(Declaration& target, std::span<const Type* const> given,
                               std::vector<Argument>& arguments, SourceRange where, Binding& binding);
  bool check_instance_site(const Declaration& target, SourceRange where);
  // An instance of a parser or control has variables of its type arguments: `_` must have been inferred.
  bool check_type_arguments(const Type* type, SourceRange where);
  void check_object_initializer(InstantiationDeclaration& instantiation);
  void check_abstract_method(FunctionDeclaration& function, InstantiationDeclaration& instantiation);
  void refuse_recursive_methods();
  bool check_abstract_signature(const FunctionDeclaration& function, const MethodDeclaration& method,
                                const Type* object);
  void find_main();

  void check_assignment(AssignmentStatement& assignment);
  void check_switch(SwitchStatement& statement);
  void check_action_switch(SwitchStatement& statement, const TableDeclaration& table);
  void check_value_switch(SwitchStatement& statement);
  void check_switch_defaults(SwitchStatement& statement);
  void check_conditional(ConditionalStatement& statement);
  void check_return(ReturnStatement& statement);
  void check_exit(const ExitStatement& statement);
  void check_loop_exit(const Statement& statement, std::string_view keyword);
  void check_for(ForStatement& statement);
  void check_for_in(ForInStatement& statement);
  void check_collection(Expression& collection, const Type* element);

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
  // Not said where an enclosing declaration has @noWarn("rule"). Notes may be added until the next diagnostic.
  Diagnostic& warning(std::string_view rule, SourceRange where, std::string what, std::string remedy = {});
  // For whoever uses a declaration: warns where it is @deprecated.
  void warn_deprecated(const Declaration& used, SourceRange where);

  Program& program_;
  TypeTable& types_;
  ValueTable& values_;
  Diagnostics& diagnostics_;
  Scopes scopes_;
  Site site_ = Site::TopLevel;
  const Declaration* inside_ = nullptr;  // the parser, control, action, function … whose body is being checked
  const Type* result_ = nullptr;         // of the function or method around; null elsewhere
  size_t body_depth_ = 0;                // of the scopes, in the outermost block of a function's or control's body
  unsigned loop_depth_ = 0;              // `break` and `continue` need one
  const InstantiationDeclaration* instance_ = nullptr;  // whose abstract methods are being checked: what `this` is
  struct MethodCall {
    const Declaration* caller = nullptr;
    std::string_view callee;
    SourceRange where;
  };
  std::vector<MethodCall> calls_by_this_;  // of abstract methods, from those of the same instance
  struct DirectCall {
    const Type* type = nullptr;
    SourceRange where;
  };
  std::vector<DirectCall> direct_calls_;  // of the parser or control that is being checked (§15.1)
  std::unordered_set<const Declaration*> seen_by_controllers_;  // those with tables or value sets in them
  TableDeclaration* table_ = nullptr;                           // whose properties are being checked
  std::unordered_set<std::string> unknown_names_;               // that the declaration of the top level here uses
  std::unordered_map<std::string, ErrorMember*> errors_;
  std::unordered_map<std::string, MatchKindMember*> match_kinds_;
  std::unordered_map<std::string_view, ParserState*> states_;  // of the parser that is being checked
  std::unordered_map<const Type*, Extent> extents_;
  std::unordered_map<const EnumDeclaration*, std::unordered_map<std::string_view, EnumMember*>> enum_members_;
  std::unordered_map<std::string, const Declaration*> absolute_tables_;  // by their absolute name
  std::vector<std::string> silenced_;                                    // rules of the @noWarn of what encloses
  Diagnostic unsaid_;                                                    // where notes of silenced warnings go
};

}  // namespace outrigger::p4
