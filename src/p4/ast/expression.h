// Expressions (P4-16 §8), keysets of `select` and entries among them (§12.6). `as<T>(e)` casts by kind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "p4/ast/type_ref.h"
#include "p4/integer.h"

namespace outrigger::p4 {

enum class ExpressionKind {
  Number,
  Bool,
  String,
  Name,
  This,
  Member,
  TypeMember,
  Index,
  Slice,
  Unary,
  Binary,
  Conditional,
  Cast,
  Call,
  Construct,
  List,
  Struct,
  InvalidHeader,
  Default,
  DontCare,
};

struct Expression : Node {
  explicit Expression(ExpressionKind of_kind) : kind(of_kind) {}
  const ExpressionKind kind;
  // Filled in by the checker.
  const Type* type = nullptr;  // what it is by itself; Poison after an error
  const Type* converted =
      nullptr;            // what it becomes by implicit casts where it stands (§8.12.2); equals `type` without one
  bool is_known = false;  // compile-time known (§18.1 "local compile-time known" or known at instantiation)
  const Value* value = nullptr;  // local compile-time known: its value, of type `type` (not yet converted)
};

// Cast by kind, for nodes of expressions, statements, declarations and type references: null when `node` is another
// kind.
template <typename T, typename Base>
T* as(Base* node) {
  return node != nullptr && node->kind == T::Kind ? static_cast<T*>(node) : nullptr;
}
template <typename T, typename Base>
const T* as(const Base* node) {
  return node != nullptr && node->kind == T::Kind ? static_cast<const T*>(node) : nullptr;
}
// The same where the kind is known: another kind is a bug of ours.
template <typename T, typename Base>
T& to(Base& node) {
  check(node.kind == T::Kind, "a node of the kind that was asked for");
  return static_cast<T&>(node);
}
template <typename T, typename Base>
const T& to(const Base& node) {
  check(node.kind == T::Kind, "a node of the kind that was asked for");
  return static_cast<const T&>(node);
}

// 5, 8w5, 4s7 (§6.4.3.2).
struct NumberExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Number;
  NumberExpression() : Expression(Kind) {}
  Integer number;                  // as written, before it is cut to its width
  std::optional<uint32_t> width;  // none: int
  bool is_signed = false;         // `s`
};

struct BoolExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Bool;
  BoolExpression() : Expression(Kind) {}
  bool is_true = false;
};

struct StringExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::String;
  StringExpression() : Expression(Kind) {}
  std::string text;  // escapes resolved
};

// x, .x
struct NameExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Name;
  NameExpression() : Expression(Kind) {}
  Name name;
  bool is_global = false;
  // Filled in by the checker: for overloaded functions the one that was chosen.
  Declaration* symbol = nullptr;
};

// `this`, inside an instantiation's abstract methods (§11.3.1).
struct ThisExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::This;
  ThisExpression() : Expression(Kind) {}
};

// What a member is (§8).
enum class MemberKind {
  Unknown,
  Field,     // of a struct, header or union, of a struct-valued expression
  Method,    // of an extern instance
  Apply,     // of a parser, control or table
  SetValid,  // of a header
  SetInvalid,
  IsValid,    // of a header or a union
  PushFront,  // of a stack
  PopFront,
  Next,  // of a stack, in a parser
  Last,
  LastIndex,
  Size,
  MinSizeInBits,  // of any expression whose type has a size (§9)
  MinSizeInBytes,
  MaxSizeInBits,
  MaxSizeInBytes,
  Hit,  // of table.apply()
  Miss,
  ActionRun,
};

// base.member
struct MemberExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Member;
  MemberExpression() : Expression(Kind) {}
  Expression* base = nullptr;
  Name member;
  // Filled in by the checker.
  MemberKind member_kind = MemberKind::Unknown;
  Declaration* symbol = nullptr;  // the StructField or the MethodDeclaration (chosen among overloads); else null
};

// Type.member: an enum's member, `error.NoError`, `Header.minSizeInBits`, `P.apply` of a direct application.
struct TypeMemberExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::TypeMember;
  TypeMemberExpression() : Expression(Kind) {}
  TypeRef* of = nullptr;
  Name member;
  // Filled in by the checker.
  MemberKind member_kind = MemberKind::Unknown;  // sizes only
  Declaration* symbol = nullptr;                 // the EnumMember or ErrorMember
};

// base[index]: of a stack or a tuple.
struct IndexExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Index;
  IndexExpression() : Expression(Kind) {}
  Expression* base = nullptr;
  Expression* index = nullptr;
};

// base[high:low], and base[low +: width] (is_plus; then `high` is the first, `low` the width).
struct SliceExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Slice;
  SliceExpression() : Expression(Kind) {}
  Expression* base = nullptr;
  Expression* high = nullptr;
  Expression* low = nullptr;
  bool is_plus = false;
};

enum class UnaryOperator { Negate, Plus, Complement, Not };

struct UnaryExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Unary;
  UnaryExpression() : Expression(Kind) {}
  UnaryOperator op = UnaryOperator::Negate;
  Expression* operand = nullptr;
};

enum class BinaryOperator {
  Multiply,
  Divide,
  Modulo,
  Add,
  Subtract,
  AddSaturating,
  SubtractSaturating,
  ShiftLeft,
  ShiftRight,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Equal,
  NotEqual,
  BitAnd,
  BitXor,
  BitOr,
  Concatenate,
  And,
  Or,
  Mask,   // a &&& b
  Range,  // a .. b
};

struct BinaryExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Binary;
  BinaryExpression() : Expression(Kind) {}
  BinaryOperator op = BinaryOperator::Add;
  Expression* left = nullptr;
  Expression* right = nullptr;
};

struct ConditionalExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Conditional;
  ConditionalExpression() : Expression(Kind) {}
  Expression* condition = nullptr;
  Expression* if_true = nullptr;
  Expression* if_false = nullptr;
};

// (to) operand
struct CastExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Cast;
  CastExpression() : Expression(Kind) {}
  TypeRef* to = nullptr;
  Expression* operand = nullptr;
};

// An argument: positional, `name = value`, or `_` (a DontCareExpression, or value null for `name = _`).
struct Argument {
  std::optional<Name> name;
  Expression* value = nullptr;
};

// What a call calls (§8.20 and appendix on calls).
enum class CallKind {
  Unknown,
  Function,        // a function with a body
  ExternFunction,  // one without
  ExternMethod,    // of an extern instance
  AbstractMethod,  // of an extern instance, given where it was made
  Action,          // directly, with all arguments
  ParserApply,
  ControlApply,
  TableApply,
  BuiltIn,      // setValid … maxSizeInBytes: see the callee's member_kind
  Constructor,  // of an extern, parser, control or package
};

// A parameter and what it is given. `value` null: the parameter is optional or has its default (`default_value`).
struct BoundArgument {
  Declaration* parameter = nullptr;     // a Parameter
  Expression* value = nullptr;          // a DontCareExpression for `_`
  Expression* default_value = nullptr;  // the parameter's own, where no argument is given
  const Type* type = nullptr;           // the parameter's, type variables replaced
};

// How a call's arguments meet its parameters, in the order of the parameters, once overloads and type variables are
// settled.
struct Binding {
  std::vector<BoundArgument> arguments;
  std::vector<Declaration*> type_parameters;  // TypeParameter; of the callee, then (methods) none of the object's
  std::vector<const Type*> type_arguments;    // one for each
  const Type* result = nullptr;               // what it returns, type variables replaced
};

// callee<type arguments>(arguments)
struct CallExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Call;
  CallExpression() : Expression(Kind) {}
  Expression* callee = nullptr;
  bool has_type_arguments = false;
  std::vector<TypeRef*> type_arguments;
  std::vector<Argument> arguments;
  // Filled in by the checker.
  CallKind call_kind = CallKind::Unknown;
  Declaration* target = nullptr;  // Function, Method, Action, Table; the type's declaration for a direct application
  Binding binding;
};

// Type(arguments): a constructor's call, which makes an instance without a name (§11.3).
struct ConstructExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Construct;
  ConstructExpression() : Expression(Kind) {}
  TypeRef* of = nullptr;
  std::vector<Argument> arguments;
  // Filled in by the checker: the Parser, Control, Extern or Package declaration; the constructor chosen.
  Declaration* target = nullptr;
  Binding binding;
};

// {a, b}, {a, ...}; (a, b) in keysets of more than one.
struct ListExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::List;
  ListExpression() : Expression(Kind) {}
  std::vector<Expression*> elements;
  bool has_rest = false;   // ends in `...`: the rest has default values (§8.25)
  bool is_keyset = false;  // written in parentheses, as a keyset
};

struct NamedField {
  Name name;
  Expression* value = nullptr;
};

// {a = x, b = y}, {a = x, ...}
struct StructExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Struct;
  StructExpression() : Expression(Kind) {}
  std::vector<NamedField> fields;
  bool has_rest = false;
};

// {#}
struct InvalidHeaderExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::InvalidHeader;
  InvalidHeaderExpression() : Expression(Kind) {}
};

// ... : the default value of its place.
struct DefaultExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Default;
  DefaultExpression() : Expression(Kind) {}
};

// _ as an argument or a keyset; `default` as a keyset.
struct DontCareExpression : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::DontCare;
  DontCareExpression() : Expression(Kind) {}
  bool is_default = false;
};

}  // namespace outrigger::p4
