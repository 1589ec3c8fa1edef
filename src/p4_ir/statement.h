// Statements of the lowered program. No `exit`: the lowering keeps a variable `exited`, sets it and returns, and tests
// it after each call and table that can exit, so that copy-out happens on the way (P4-16 §12.6 "exit").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "p4/source_text.h"
#include "p4_ir/expression.h"

namespace outrigger::p4_ir {

enum class StatementKind : uint8_t {
  Assign,
  AssignVarbit,
  If,
  Switch,
  Loop,
  Break,
  Continue,
  Return,
  Call,
  ApplyTable,
  CallExtern,
  Extract,
  Advance,
  Lookahead,
  Verify,
  CallParser,  // in parsers only; these may reject
  Emit,        // in deparsers
};

struct Statement {
  explicit Statement(StatementKind of_kind) : kind(of_kind) {}
  Statement& operator=(const Statement&) = delete;
  virtual ~Statement() = default;
  const StatementKind kind;
  p4::SourceRange where;  // what it was made from

 protected:
  Statement(const Statement&) = default;  // of a whole one only: Program::clone()
};
using Statements = std::vector<Statement*>;

// variable = value; equal widths.
struct Assign : Statement {
  static constexpr StatementKind Kind = StatementKind::Assign;
  Assign(VariableId to, const Expression* from) : Statement(Kind), variable(to), value(from) {}
  VariableId variable;
  const Expression* value;
};

// Both varbit; size and contents.
struct AssignVarbit : Statement {
  static constexpr StatementKind Kind = StatementKind::AssignVarbit;
  AssignVarbit(VariableId to, VariableId of) : Statement(Kind), variable(to), from(of) {}
  VariableId variable;
  VariableId from;
};

struct If : Statement {
  static constexpr StatementKind Kind = StatementKind::If;
  If() : Statement(Kind) {}
  const Expression* condition = nullptr;  // width 1
  Statements if_true;
  Statements if_false;
};

// The first case with an equal label runs, else `otherwise`. No falling through.
struct Switch : Statement {
  static constexpr StatementKind Kind = StatementKind::Switch;
  Switch() : Statement(Kind) {}
  struct Case {
    std::vector<Bits> labels;
    Statements body;
  };
  const Expression* subject = nullptr;
  std::vector<Case> cases;
  Statements otherwise;
};

// for (;;) { body; update }: leaves by Break (the innermost) or Return; Continue goes on with `update`. Engines count
// turns and end a packet's processing after loop_turns_max (Program).
struct Loop : Statement {
  static constexpr StatementKind Kind = StatementKind::Loop;
  Loop() : Statement(Kind) {}
  Statements body;
  Statements update;
  uint32_t turn_cost = 1;  // turns that one counts for: a long body's more
};

struct Break : Statement {
  static constexpr StatementKind Kind = StatementKind::Break;
  Break() : Statement(Kind) {}
};
struct Continue : Statement {
  static constexpr StatementKind Kind = StatementKind::Continue;
  Continue() : Statement(Kind) {}
};

// From the procedure; in a parser's state: to `accept` at once.
struct Return : Statement {
  static constexpr StatementKind Kind = StatementKind::Return;
  Return() : Statement(Kind) {}
};

// Runs a procedure. Parameters and results are variables, copied around the call by the lowering. Never recursive.
struct Call : Statement {
  static constexpr StatementKind Kind = StatementKind::Call;
  explicit Call(ProcedureId of) : Statement(Kind), procedure(of) {}
  ProcedureId procedure;
};

// Looks up, runs the action found (or the default one), and says what happened.
struct ApplyTable : Statement {
  static constexpr StatementKind Kind = StatementKind::ApplyTable;
  explicit ApplyTable(TableId of) : Statement(Kind), table(of) {}
  TableId table;
  // Where it is wanted: one bit; and the number of the action in Table::actions, Table::action_run_width bits.
  bool has_hit = false;
  VariableId hit{};
  bool has_action_run = false;
  VariableId action_run{};
};

// One argument of an extern, flattened: a struct, list or header is its scalars in order.
struct ExternArgument {
  enum class Kind : uint8_t {
    Value,   // `in` or without a direction: values
    Result,  // `out`: variables (result_of below)
    Both,    // `inout`: values, and the same variables to be written
    Text,    // a string
    Absent,  // an optional argument that was not given, or `_`
  };
  struct Part {
    const Expression* value = nullptr;  // Value, Both: may be a Read of a varbit
    VariableId variable{};              // Result, Both
    uint32_t width = 0;
    bool is_varbit = false;
    bool is_signed = false;
    std::string name;  // of the field, for digests and messages; may be empty
  };
  Kind kind = Kind::Value;
  std::string parameter;  // its name in the extern's declaration
  std::vector<Part> parts;
  // Every header inside a Value, in order: the part it begins at, how many it has, and whether it is valid.
  std::vector<uint32_t> header_parts;
  std::vector<uint32_t> header_part_counts;
  std::vector<const Expression*> header_valid;
  std::string text;  // of a Text; of what assert and assume are given: where the call stands, and its condition
  ExternId instance = ExternId::None;  // when the argument is itself an extern's instance (v1model: none; PSA: rarely)
};

// What engines do themselves, as calls of these names: the length of the packet in bytes; are two varbits equal?
inline constexpr std::string_view packet_length_name = "packet_in.length";
inline constexpr std::string_view varbit_equal_name = "varbit.equal";

// A call of an extern's method, or of an extern function (instance None), that is not of packet_in or packet_out.
struct CallExtern : Statement {
  static constexpr StatementKind Kind = StatementKind::CallExtern;
  CallExtern() : Statement(Kind) {}
  ExternId instance = ExternId::None;
  std::string name;  // method's or function's
  std::vector<ExternArgument> arguments;
  ExternArgument result;                       // kind Result; no parts: void or not wanted
  bool gives_bool = false;                     // the result is a bool, not a bit<1>
  std::vector<uint32_t> type_argument_widths;  // of its type arguments, where they are scalars; else 0
  std::vector<std::string> type_argument_names;
  uint32_t site = 0;  // its number in the Program: engines keep what they prepared for it there
};

// ---- Parsers ----

// packet.extract(header [, varbit_size]): PacketTooShort, HeaderTooShort (a varbit longer than it can
// be). A Verify before it checks whatever else the architecture asks for.
struct Extract : Statement {
  static constexpr StatementKind Kind = StatementKind::Extract;
  explicit Extract(HeaderId to) : Statement(Kind), header(to) {}
  HeaderId header;
  const Expression* varbit_size = nullptr;  // bits; null: the header has no varbit, or it stays empty
};

// packet.advance(bits)
struct Advance : Statement {
  static constexpr StatementKind Kind = StatementKind::Advance;
  explicit Advance(const Expression* by) : Statement(Kind), bits(by) {}
  const Expression* bits;
};

// The next `width` bits of the packet, which stay there, into variables: first the most significant. Fails with
// PacketTooShort.
struct Lookahead : Statement {
  static constexpr StatementKind Kind = StatementKind::Lookahead;
  Lookahead() : Statement(Kind) {}
  uint32_t width = 0;
  std::vector<VariableId> variables;  // their widths sum up to `width`
};

// if (!condition) reject with the error.
struct Verify : Statement {
  static constexpr StatementKind Kind = StatementKind::Verify;
  Verify(const Expression* c, const Expression* e) : Statement(Kind), condition(c), error(e) {}
  const Expression* condition;
  const Expression* error;  // Program::error_width bits
};

// A sub-parser: goes on after it when it accepts, rejects when it rejects.
struct CallParser : Statement {
  static constexpr StatementKind Kind = StatementKind::CallParser;
  explicit CallParser(ParserId of) : Statement(Kind), parser(of) {}
  ParserId parser;
};

// packet.emit(header): its fields go out where it is valid.
struct Emit : Statement {
  static constexpr StatementKind Kind = StatementKind::Emit;
  explicit Emit(HeaderId of) : Statement(Kind), header(of) {}
  HeaderId header;
};

}  // namespace outrigger::p4_ir
