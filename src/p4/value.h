// Compile-time known values (P4-16 §18.1), and the rules by which operators make values of values (§8).
//
// Values are immutable, owned by a ValueTable for as long as it lives, and not unique: compare with equal().
#pragma once

#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "p4/types.h"

namespace outrigger::p4 {

class Value {
 public:
  // The fields of a struct or header, elements of a tuple, list or stack, in order. `is_valid` for headers only.
  struct Composite {
    std::vector<const Value*> parts;
    bool is_valid = true;
  };
  const Type* type = nullptr;
  uint32_t parts_total = 1;  // of a composite: parts and their parts, itself counted; never above value_parts_max + 1
  // Integer: Int, Bit, SignedInt, a serializable enum's or new type's of these (type says which).
  std::variant<Integer, bool, std::string, const EnumMember*, const ErrorMember*, const MatchKindMember*, Composite>
      data;

  [[nodiscard]] const Integer* number() const noexcept { return std::get_if<Integer>(&data); }
  [[nodiscard]] const bool* boolean() const noexcept { return std::get_if<bool>(&data); }
  [[nodiscard]] const std::string* text() const noexcept { return std::get_if<std::string>(&data); }
  [[nodiscard]] const Composite* composite() const noexcept { return std::get_if<Composite>(&data); }
};

// Bytes of large numbers and long composites that folding may go through in one program: `a = b * b` a thousand times
// over ends with a message. Small ones are not counted.
inline constexpr size_t folding_bytes_max = 64U << 20U;
// Parts of a composite value, those of its parts counted as well.
inline constexpr uint32_t value_parts_max = 1U << 20U;

class ValueTable {
 public:
  // `number` is cut to the type's width, as a cast would (§8.12); of type Int it stays.
  const Value* number(const Type* type, const Integer& number);
  const Value* boolean(const Type* type, bool value);
  const Value* text(const Type* type, std::string value);
  const Value* member(const Type* type, const EnumMember& member);  // of an enum that is not serializable
  const Value* error(const Type* type, const ErrorMember& member);
  const Value* match_kind(const Type* type, const MatchKindMember& member);
  // Also what stands for literals: `...` is a composite of type Default without parts, `{#}` one of type InvalidHeader
  // that is not valid, `{a, b}` one of a Tuple type, `{a = x}` of a StructValue type; fold_cast() knows them.
  const Value* composite(const Type* type, std::vector<const Value*> parts, bool is_valid = true);
  // The same data, of another type.
  const Value* retyped(const Value& value, const Type* type);

  // Counts what an operation goes through; false when the program has had its share (folding_bytes_max).
  [[nodiscard]] bool spend(size_t bytes);

 private:
  std::deque<Value> values_;
  size_t spent_bytes_ = 0;
};

bool equal(const Value& a, const Value& b);

// As it would be written: `8w5`, `{1, 2}`, `"text"`.
std::string to_text(const Value& value);

// `number` modulo 2^width, as unsigned or two's complement.
Integer wrap(const Integer& number, uint32_t width, bool is_signed);
// The nearest number that the width holds.
Integer saturate(const Integer& number, uint32_t width, bool is_signed);

// What folding gives: a value, or what is wrong in words for a diagnostic ("division by zero").
struct Folded {
  const Value* value = nullptr;
  std::string error;
};

// The operand types have been checked, and made equal by implicit casts where the operator asks for that. `type` is the
// result's. Mask and Range give a composite of both operands.
Folded fold_unary(ValueTable& values, UnaryOperator op, const Value& operand, const Type* type);
Folded fold_binary(ValueTable& values, BinaryOperator op, const Value& left, const Value& right, const Type* type);
// base[high:low] of numbers of width or int.
Folded fold_slice(ValueTable& values, const Value& base, uint32_t high, uint32_t low, const Type* type);
// An explicit or implicit cast that the checker has let through (§8.12), also of lists and structs to structs, headers,
// tuples, stacks, and of `...` and `{#}`. The program is needed for defaults of type error: without one these fail.
Folded fold_cast(ValueTable& values, TypeTable& types, const Value& value, const Type* to,
                 const Program* program = nullptr);
// The default value of a type (§7.3), for `...`.
Folded default_value(ValueTable& values, TypeTable& types, const Type* type, const Program& program);

}  // namespace outrigger::p4
