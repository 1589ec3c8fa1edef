// Checked types (P4-16 §7). Hash-consed: two types are the same type exactly when their pointers are equal.
//
// A TypeTable makes and owns them. Types of struct-likes, externs, parsers, controls and packages are a declaration and
// its type arguments; inside a generic declaration its own parameters stand as Variable types. Typedefs leave no trace.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "p4/ast/program.h"
#include "p4/integer.h"

namespace outrigger::p4 {

// Types inside one another by type arguments, elements and underlying types.
inline constexpr uint32_t types_depth_max = 256;
// Bytes of a type's or a value's text, after which it is cut.
inline constexpr uint32_t type_text_bytes_max = 400;

enum class TypeKind : uint8_t {
  Poison,  // what an expression has after an error: goes with everything, so that one fault is told once
  Void,
  Bool,
  Int /* any precision */,
  Bit,
  SignedInt,
  Varbit,
  String,
  Error,
  MatchKind,
  Enum,     // declaration: EnumDeclaration; arguments[0]: the underlying type of a serializable one, else empty
  NewType,  // declaration: NewTypeDeclaration; arguments[0]: the type it is made from
  Struct,
  Header,
  HeaderUnion,  // declaration: StructLikeDeclaration; arguments: type arguments
  Stack,        // arguments[0]: the element; size: elements
  Tuple,        // arguments: the elements; also the type of {a, b}
  List,         // arguments[0]: list<T>
  StructValue,  // the type of {a = x, b = y} by itself: field_names, arguments
  Set,          // arguments[0]: what keysets are made of
  Variable,     // declaration: TypeParameter; or (declaration null, size its number) an unknown of inference
  Extern,
  Parser,
  Control,
  Package,  // declaration; arguments: type arguments
  Table,
  Action,
  Callable /* function, method, extern function */,
  ValueSet,
  State,          // declaration
  ApplyResult,    // declaration: the table
  ActionList,     // declaration: the table; what action_run is
  InvalidHeader,  // the type of {#} by itself
  Default,        // the type of ... by itself
  DontCare,       // the type of _ by itself
};

class Type {
 public:
  TypeKind kind = TypeKind::Poison;
  uint32_t width = 0;  // bits, of Bit, SignedInt; the maximum of Varbit
  uint32_t size = 0;   // elements, of Stack; number, of an unknown
  const Declaration* declaration = nullptr;
  std::vector<const Type*> arguments;
  std::vector<std::string> field_names;  // of StructValue; of a Tuple or StructValue with `has_rest` not all
  bool has_rest = false;                 // the literal ended in `...`
  bool has_variables = false;            // a Variable is somewhere inside
  uint32_t depth = 1;                    // types inside one another, this one counted, by arguments only

  [[nodiscard]] bool is(TypeKind of_kind) const noexcept { return kind == of_kind; }
  [[nodiscard]] bool is_poison() const noexcept { return kind == TypeKind::Poison; }
  [[nodiscard]] bool is_fixed_integer() const noexcept { return kind == TypeKind::Bit || kind == TypeKind::SignedInt; }
  [[nodiscard]] bool is_integer() const noexcept { return is_fixed_integer() || kind == TypeKind::Int; }
  [[nodiscard]] bool is_struct_like() const noexcept {
    return kind == TypeKind::Struct || kind == TypeKind::Header || kind == TypeKind::HeaderUnion;
  }
  [[nodiscard]] bool is_serializable_enum() const noexcept { return kind == TypeKind::Enum && !arguments.empty(); }
};

// A field of a struct-like type, its type arguments put in.
struct Field {
  std::string name;
  const Type* type = nullptr;
  const StructField* declaration = nullptr;  // null for a StructValue's
};

// Type variables and what they stand for.
using Substitution = std::unordered_map<const Type*, const Type*>;

// Makes types. Lives as long as they are used; one thread.
//
// What is made from Poison (a tuple, stack, list, set, specialised generic of it) is Poison itself. So is what would
// nest deeper than types_depth_max: whoever gets Poison although he gave none has to say that.
class TypeTable {
 public:
  TypeTable();
  ~TypeTable();
  TypeTable(const TypeTable&) = delete;
  TypeTable& operator=(const TypeTable&) = delete;

  const Type* poison();
  const Type* void_type();
  const Type* boolean();
  const Type* integer();  // any precision
  const Type* bit(uint32_t width);
  const Type* signed_int(uint32_t width);
  const Type* varbit(uint32_t width_max);
  const Type* string();
  const Type* error();
  const Type* match_kind();
  const Type* enumeration(const EnumDeclaration& declaration, const Type* underlying);  // null: not serializable
  const Type* new_type(const NewTypeDeclaration& declaration, const Type* underlying);
  const Type* struct_like(const StructLikeDeclaration& declaration, std::vector<const Type*> arguments);
  const Type* stack(const Type* element, uint32_t size);
  const Type* tuple(std::vector<const Type*> elements, bool has_rest = false);
  const Type* list(const Type* element);
  const Type* struct_value(std::vector<std::string> names, std::vector<const Type*> types, bool has_rest = false);
  const Type* set(const Type* element);
  const Type* variable(const TypeParameter& parameter);
  const Type* fresh_unknown();  // an unknown of inference, different from every other
  // Extern, Parser, Control, Package by the declaration's kind.
  const Type* object(const Declaration& declaration, std::vector<const Type*> arguments);
  // Table, Action, Callable, ValueSet, State by the declaration's kind.
  const Type* named(const Declaration& declaration);
  const Type* apply_result(const TableDeclaration& table);
  const Type* action_list(const TableDeclaration& table);
  const Type* invalid_header();
  const Type* default_value();
  const Type* dont_care();

  // `type` with variables replaced; those that are not in the substitution stay. Bounded: a type that would nest deeper
  // than types_depth_max becomes Poison.
  const Type* substitute(const Type* type, const Substitution& substitution);

  // The fields of a Struct, Header, HeaderUnion or StructValue, type arguments put in. Needs the fields' checked_type.
  const std::vector<Field>& fields(const Type* type);
  // Null when there is no such field. Constant time.
  const Field* field(const Type* type, std::string_view name);

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// The type as a programmer would write it: `bit<8>`, `headers_t`, `tuple<bit<8>, bool>`, `list<T>`, `{a, b}`-like
// literals as `struct {bit<8> a; int b}`. Long ones are cut (named limit).
std::string to_text(const Type* type);

// The type below serializable enums and new types, down to something that is neither.
const Type* underlying(const Type* type);

// P4-16 §9: sizes in bits, least and most; none where the type has none (int, string, …) or would not fit 32 bits.
std::optional<uint32_t> size_bits_min(TypeTable& types, const Type* type);
std::optional<uint32_t> size_bits_max(TypeTable& types, const Type* type);

}  // namespace outrigger::p4
