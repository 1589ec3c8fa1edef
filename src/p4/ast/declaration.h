// Declarations (P4-16 §7.2, §10–§15): everything that a name can stand for.
#pragma once

#include <string>
#include <vector>

#include "p4/ast/statement.h"

namespace outrigger::p4 {

enum class DeclarationKind {
  Constant,
  Variable,
  Instantiation,
  Parameter,
  TypeParameter,
  Struct,
  Header,
  HeaderUnion,
  StructField,
  Enum,
  EnumMember,
  Error,
  ErrorMember,
  MatchKind,
  MatchKindMember,
  Typedef,
  NewType,
  Extern,
  Method,
  Function,
  Action,
  Parser,
  ParserState,
  ValueSet,
  Control,
  Table,
  Package,
};

struct Declaration : Node {
  explicit Declaration(DeclarationKind of_kind) : kind(of_kind) {}
  const DeclarationKind kind;
  Name name;
  std::vector<Annotation*> annotations;
  std::string documentation;  // reserved: comments do not survive the preprocessor
  // Filled in by the checker: a variable's, constant's, field's or parameter's type; for a type's declaration the type
  // itself (its parameters standing for themselves); an instance's type.
  const Type* checked_type = nullptr;
};

struct TypeParameter : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::TypeParameter;
  TypeParameter() : Declaration(Kind) {}
};

enum class Direction { None, In, Out, InOut };

struct Parameter : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Parameter;
  Parameter() : Declaration(Kind) {}
  Direction direction = Direction::None;
  TypeRef* type = nullptr;
  Expression* default_value = nullptr;
  // Filled in by the checker.
  bool is_optional = false;     // @optional (§6.8.2)
  bool is_constructor = false;  // a parameter of a constructor: known at instantiation
};

struct ConstantDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Constant;
  ConstantDeclaration() : Declaration(Kind) {}
  TypeRef* type = nullptr;
  Expression* initial = nullptr;
  // Filled in by the checker: of type checked_type; null when it depends on a constructor's parameter.
  const Value* value = nullptr;
};

struct VariableDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Variable;
  VariableDeclaration() : Declaration(Kind) {}
  TypeRef* type = nullptr;
  Expression* initial = nullptr;  // may be null
};

struct FunctionDeclaration;

// Type(arguments) name = { abstract methods };
struct InstantiationDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Instantiation;
  InstantiationDeclaration() : Declaration(Kind) {}
  TypeRef* type = nullptr;
  std::vector<Argument> arguments;
  bool has_initializer = false;
  std::vector<Declaration*> initializer;  // FunctionDeclarations and InstantiationDeclarations
  // Filled in by the checker.
  Declaration* target = nullptr;  // Parser, Control, Extern, Package
  Binding binding;
};

struct StructField : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::StructField;
  StructField() : Declaration(Kind) {}
  TypeRef* type = nullptr;
};

// struct, header and header_union: `kind` tells which, so that `as<StructDeclaration>` is not for them: use
// as_struct_like().
struct StructLikeDeclaration : Declaration {
  explicit StructLikeDeclaration(DeclarationKind of_kind) : Declaration(of_kind) {}
  std::vector<TypeParameter*> type_parameters;
  std::vector<StructField*> fields;
};
inline StructLikeDeclaration* as_struct_like(Declaration* d) {
  return d != nullptr && (d->kind == DeclarationKind::Struct || d->kind == DeclarationKind::Header ||
                          d->kind == DeclarationKind::HeaderUnion)
             ? static_cast<StructLikeDeclaration*>(d)
             : nullptr;
}
inline const StructLikeDeclaration* as_struct_like(const Declaration* d) {
  return as_struct_like(const_cast<Declaration*>(d));
}

struct EnumMember : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::EnumMember;
  EnumMember() : Declaration(Kind) {}
  Expression* initial = nullptr;  // of a serializable enum
  uint32_t index = 0;             // in the order of declaration
  // Filled in by the checker: of the underlying type.
  const Value* value = nullptr;
};

struct EnumDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Enum;
  EnumDeclaration() : Declaration(Kind) {}
  TypeRef* underlying = nullptr;  // null: not serializable
  std::vector<EnumMember*> members;
};

// `error { … }`: each adds to the one type error. Members have numbers over the whole program, from 0.
struct ErrorMember : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::ErrorMember;
  ErrorMember() : Declaration(Kind) {}
  uint32_t index = 0;
};
struct ErrorDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Error;
  ErrorDeclaration() : Declaration(Kind) {}
  std::vector<ErrorMember*> members;
};

struct MatchKindMember : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::MatchKindMember;
  MatchKindMember() : Declaration(Kind) {}
};
struct MatchKindDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::MatchKind;
  MatchKindDeclaration() : Declaration(Kind) {}
  std::vector<MatchKindMember*> members;
};

// typedef type name; also of a struct, header or enum declared on the spot.
struct TypedefDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Typedef;
  TypedefDeclaration() : Declaration(Kind) {}
  TypeRef* type = nullptr;
  Declaration* derived = nullptr;
};

// type underlying name;
struct NewTypeDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::NewType;
  NewTypeDeclaration() : Declaration(Kind) {}
  TypeRef* type = nullptr;
};

// A function with a body, or an extern function without one.
struct FunctionDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Function;
  FunctionDeclaration() : Declaration(Kind) {}
  std::vector<TypeParameter*> type_parameters;
  std::vector<Parameter*> parameters;
  TypeRef* result = nullptr;
  BlockStatement* body = nullptr;  // null: extern
  // Filled in by the checker, for an abstract method's implementation: the method.
  Declaration* implements = nullptr;
};

// A method or (is_constructor) a constructor of an extern.
struct MethodDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Method;
  MethodDeclaration() : Declaration(Kind) {}
  std::vector<TypeParameter*> type_parameters;
  std::vector<Parameter*> parameters;
  TypeRef* result = nullptr;  // null for a constructor
  bool is_constructor = false;
  bool is_abstract = false;
  // Filled in by the checker.
  Declaration* of = nullptr;  // the ExternDeclaration
};

struct ExternDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Extern;
  ExternDeclaration() : Declaration(Kind) {}
  std::vector<TypeParameter*> type_parameters;
  std::vector<MethodDeclaration*> methods;
};

struct ActionDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Action;
  ActionDeclaration() : Declaration(Kind) {}
  std::vector<Parameter*> parameters;
  BlockStatement* body = nullptr;
};

struct ParserState : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::ParserState;
  ParserState() : Declaration(Kind) {}
  std::vector<Statement*> statements;
  Transition* transition = nullptr;  // null: missing, which means reject (§12.5)
};

// value_set<type>(size) name;
struct ValueSetDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::ValueSet;
  ValueSetDeclaration() : Declaration(Kind) {}
  TypeRef* type = nullptr;
  Expression* size = nullptr;
};

// parser P(…)(…) {…}; without a body (has_body false) a type of parsers.
struct ParserDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Parser;
  ParserDeclaration() : Declaration(Kind) {}
  std::vector<TypeParameter*> type_parameters;
  std::vector<Parameter*> parameters;
  std::vector<Parameter*> constructor_parameters;
  bool has_body = false;
  std::vector<Declaration*> locals;
  std::vector<ParserState*> states;
};

// control C(…)(…) {… apply {…}}; without a body a type of controls.
struct ControlDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Control;
  ControlDeclaration() : Declaration(Kind) {}
  std::vector<TypeParameter*> type_parameters;
  std::vector<Parameter*> parameters;
  std::vector<Parameter*> constructor_parameters;
  bool has_body = false;
  std::vector<Declaration*> locals;
  BlockStatement* apply = nullptr;
};

struct PackageDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Package;
  PackageDeclaration() : Declaration(Kind) {}
  std::vector<TypeParameter*> type_parameters;
  std::vector<Parameter*> constructor_parameters;
};

// expression : match kind annotations;
struct TableKey : Node {
  Expression* expression = nullptr;
  Name match_kind;
  std::vector<Annotation*> annotations;
  // Filled in by the checker.
  MatchKindMember* kind = nullptr;
};

// name or name(arguments); in `actions`. Arguments bind the parameters with a direction.
struct TableAction : Node {
  std::vector<Annotation*> annotations;
  Name name;
  bool is_global = false;
  bool has_arguments = false;
  std::vector<Argument> arguments;
  // Filled in by the checker.
  ActionDeclaration* action = nullptr;
  Binding binding;  // directional parameters only
};

// [const] [priority = p :] keysets : action(arguments) annotations;
struct TableEntry : Node {
  bool is_const = false;
  Expression* priority = nullptr;  // may be null
  std::vector<Expression*> keysets;
  TableAction* action = nullptr;
  std::vector<Annotation*> annotations;
  // Filled in by the checker.
  const TableAction* listed = nullptr;  // the one of `actions` that it means
  Binding binding;                      // of the directionless parameters: the action's data
};

// Any other property: `size = …;`, `implementation = …;`, `default_action = …;` …
struct TableProperty : Node {
  std::vector<Annotation*> annotations;
  bool is_const = false;
  Name name;
  Expression* value = nullptr;
  // For a property given with a body, as abstract extern's initializer or { … }; else empty.
};

struct TableDeclaration : Declaration {
  static constexpr DeclarationKind Kind = DeclarationKind::Table;
  TableDeclaration() : Declaration(Kind) {}
  bool has_key = false;
  std::vector<TableKey*> keys;
  bool has_actions = false;
  std::vector<TableAction*> actions;
  bool has_entries = false;
  bool entries_const = false;
  std::vector<TableEntry*> entries;
  std::vector<TableProperty*> properties;  // in order; default_action among them
  // Filled in by the checker. The action in force when nothing matches; NoAction where the program names none.
  struct DefaultAction {
    const TableAction* listed = nullptr;  // null: the NoAction that stands for none
    ActionDeclaration* action = nullptr;
    Binding binding;  // of the directionless parameters
    bool is_const = false;
  } default_action;
  // `psa_empty_group_action` and `pna_empty_group_action`: what an entry does whose group has no members.
  DefaultAction empty_group_action;
};

}  // namespace outrigger::p4
