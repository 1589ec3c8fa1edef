// Expressions of the lowered program: pure, total, of a fixed width. What had effects or could fail is a statement
// before them.
//
// Expressions are immutable and owned by the Program's arena; statements share them freely.
#pragma once

#include <cstdint>
#include <vector>

#include "p4_ir/bits.h"

namespace outrigger::p4_ir {

// Indices into the Program's vectors.
enum class VariableId : uint32_t {};
enum class HeaderId : uint32_t {};
enum class ProcedureId : uint32_t {};
enum class ParserId : uint32_t {};
enum class TableId : uint32_t {};
enum class ExternId : uint32_t { None = UINT32_MAX };  // None: an extern function
enum class ValueSetId : uint32_t {};
template <typename Id>
constexpr uint32_t index_of(Id id) noexcept {
  return static_cast<uint32_t>(id);
}

enum class ExpressionKind : uint8_t { Constant, Read, Unary, Binary, Slice, Concatenate, Resize, Choose, VarbitSize };

struct Expression {
  Expression(ExpressionKind of_kind, uint32_t of_width) : kind(of_kind), width(of_width) {}
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  virtual ~Expression() = default;
  const ExpressionKind kind;
  const uint32_t width;  // bits, ≥ 1; a comparison's is 1. A Read of a varbit variable: its maximum
};

struct Constant : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Constant;
  explicit Constant(Bits v) : Expression(Kind, v.width()), value(std::move(v)) {}
  const Bits value;
};

// A variable's value. A varbit's may stand only where a varbit is meant: VarbitSize, AssignVarbit, an argument of an
// extern.
struct Read : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Read;
  Read(VariableId of, uint32_t of_width) : Expression(Kind, of_width), variable(of) {}
  const VariableId variable;
};

enum class UnaryOp : uint8_t { Negate, Complement, Not /* width 1 */ };

struct Unary : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Unary;
  Unary(UnaryOp of_op, const Expression* of) : Expression(Kind, of->width), op(of_op), operand(of) {}
  const UnaryOp op;
  const Expression* const operand;
};

enum class BinaryOp : uint8_t {
  Add,
  Subtract,
  Multiply,
  Divide,
  Modulo,  // both sides and the result of one width; Divide and Modulo unsigned
  AddSaturating,
  SubtractSaturating,
  AddSaturatingSigned,
  SubtractSaturatingSigned,
  And,
  Or,
  Xor,
  ShiftLeft,
  ShiftRight,
  ShiftRightSigned,  // the right side of any width, unsigned; the result has the left side's
  Equal,
  NotEqual,
  Less,
  LessEqual,
  LessSigned,
  LessEqualSigned,  // width 1
};

struct Binary : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Binary;
  Binary(BinaryOp of_op, const Expression* l, const Expression* r)
      : Expression(Kind, of_op >= BinaryOp::Equal ? 1 : l->width), op(of_op), left(l), right(r) {}
  const BinaryOp op;
  const Expression* const left;
  const Expression* const right;
};

// operand[high:low]
struct Slice : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Slice;
  Slice(const Expression* of, uint32_t h, uint32_t l) : Expression(Kind, h - l + 1), operand(of), high(h), low(l) {}
  const Expression* const operand;
  const uint32_t high;
  const uint32_t low;
};

struct Concatenate : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Concatenate;
  Concatenate(const Expression* h, const Expression* l) : Expression(Kind, h->width + l->width), high(h), low(l) {}
  const Expression* const high;
  const Expression* const low;
};

// The low bits, or more bits above: zeroes, or (is_signed) copies of the sign.
struct Resize : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Resize;
  Resize(const Expression* of, uint32_t to_width, bool with_sign)
      : Expression(Kind, to_width), operand(of), is_signed(with_sign) {}
  const Expression* const operand;
  const bool is_signed;
};

// condition ? if_true : if_false. Both sides are pure: an engine may evaluate both.
struct Choose : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::Choose;
  Choose(const Expression* c, const Expression* t, const Expression* f)
      : Expression(Kind, t->width), condition(c), if_true(t), if_false(f) {}
  const Expression* const condition;
  const Expression* const if_true;
  const Expression* const if_false;
};

// How many bits a varbit variable has now: 32 bits wide.
struct VarbitSize : Expression {
  static constexpr ExpressionKind Kind = ExpressionKind::VarbitSize;
  explicit VarbitSize(VariableId of) : Expression(Kind, 32), variable(of) {}
  const VariableId variable;
};

// Null when `node` is of another kind.
template <typename T, typename Base>
const T* as(const Base* node) noexcept {
  return node != nullptr && node->kind == T::Kind ? static_cast<const T*>(node) : nullptr;
}
template <typename T, typename Base>
T* as(Base* node) noexcept {
  return node != nullptr && node->kind == T::Kind ? static_cast<T*>(node) : nullptr;
}

}  // namespace outrigger::p4_ir
