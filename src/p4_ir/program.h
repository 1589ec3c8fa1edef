// The lowered program: what the engines run. Everything that P4 has for people is gone — types, scopes, instances,
// directions, structures, generics — and what is left are flat variables, headers (groups of variables), procedures and
// parsers without parameters, tables and externs.
//
// Variables of a parser, control, function or action are one set for each instance (P4 has no recursion): arguments are
// assigned to the parameters' variables before a call, results read from them after it. Structs are their fields. A
// header is its fields and a variable of one bit that says whether it is valid. A stack is its elements and a variable
// for its next index; what indexes it at run time has become a Switch or Choose over all elements. Strings exist only
// as arguments of externs.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "p4_ir/statement.h"

namespace outrigger::p4_ir {

struct Variable {
  std::string name;    // unique: `hdr.ipv4.ttl`, `ingress.sub.count`, `ingress.$hit3`
  uint32_t width = 0;  // bits, ≥ 1; a varbit's maximum
  bool is_varbit = false;
  bool is_signed = false;  // for printing and for messages; operators say it themselves
};

struct Header {
  std::string name;       // `hdr.ipv4`, `hdr.vlan[1]`
  std::string type_name;  // `ipv4_t`
  VariableId valid{};
  std::vector<VariableId> fields;  // in order
  std::vector<std::string> field_names;
  uint32_t width_fixed = 0;  // bits of all fields but the varbit
  int varbit_field = -1;     // its place in `fields`; -1: none. A header has one at most (P4-16 §7.2.2)
  // A header in a union: extracting or validating it makes the others invalid. The lowering has written those
  // assignments, for Extract too, before it: engines need nothing of this.
};

struct Procedure {
  std::string name;
  Statements body;
  bool may_exit = false;  // sets Program::exited, itself or what it calls
};

// ---- Parsers ----

// What one selected expression is compared with.
struct Keyset {
  enum class Kind : uint8_t { Any, Equal, Masked, Range, InSet };
  Kind kind = Kind::Any;
  const Expression* value = nullptr;  // Equal, Masked; Range: the least
  const Expression* mask = nullptr;   // Masked; Range: the greatest
  bool is_signed = false;             // Range
  ValueSetId set{};                   // InSet: of one field
};

struct SelectCase {
  std::vector<Keyset> keysets;          // one for each selected expression; none: any (`default`)
  std::optional<ValueSetId> value_set;  // matches all selected expressions against a value set, instead of keysets
  uint32_t target = 0;
};

struct ParserState {
  // Targets of transitions beside a state's number.
  static constexpr uint32_t Accept = UINT32_MAX;
  static constexpr uint32_t Reject = UINT32_MAX - 1;
  std::string name;
  Statements statements;
  std::vector<const Expression*> selected;  // empty: goes to `target`
  std::vector<SelectCase> cases;            // the first that matches; none does: reject with NoMatch
  uint32_t target = Reject;
  uint32_t step_cost = 1;  // steps (Program::parser_steps_max) that it counts for: a state with much in it more
};

struct Parser {
  std::string name;
  Statements prologue;  // initial values of its variables, before the first state
  std::vector<ParserState> states;
  uint32_t start = 0;
};

// Filled by the control plane: patterns over the fields of the set's type.
struct ValueSet {
  std::string name;
  std::vector<std::string> annotations;
  struct Field {
    std::string name;
    uint32_t width = 0;
    std::string match_kind;  // @match; "exact" else
  };
  std::vector<Field> fields;
  uint32_t size = 0;
};

// ---- Tables ----

enum class MatchKind : uint8_t { Exact, Lpm, Ternary, Range, Optional, Selector };

struct TableKey {
  const Expression* value = nullptr;
  std::string name;  // @name, or the expression as written
  MatchKind kind = MatchKind::Exact;
  uint32_t width = 0;
  bool is_signed = false;
  p4::SourceRange where{};
};

struct ActionParameter {
  std::string name;
  uint32_t width = 0;
  VariableId variable{};
  bool is_signed = false;
};

// An action as one table lists it: its directional parameters are bound inside the procedure.
struct TableAction {
  std::string name;  // full: `ingress.set_port`
  std::vector<std::string> annotations;
  ProcedureId body{};
  std::vector<ActionParameter> parameters;  // what entries bring: assigned before the body runs
  bool is_default_only = false;
  bool is_table_only = false;
};

struct ActionCall {
  uint32_t action = 0;  // in Table::actions
  std::vector<Bits> arguments;
};

struct EntryKey {
  enum class Kind : uint8_t { Any, Exact, Prefix, Masked, Range };
  Kind kind = Kind::Any;
  Bits value;  // Range: the least
  Bits mask;   // Masked; Prefix: the prefix's ones; Range: the greatest
};

struct TableEntry {
  std::vector<EntryKey> keys;
  ActionCall action;
  std::optional<int64_t> priority;  // as P4Runtime has it: the larger wins. None: a table without priorities
  bool is_const = false;
  std::string name;
  p4::SourceRange where;
};

struct Table {
  static constexpr uint32_t action_run_width = 32;
  std::string name;  // full: `ingress.ipv4_lpm`
  std::vector<std::string> annotations;
  std::vector<TableKey> keys;  // selector keys last
  std::vector<TableAction> actions;
  ActionCall default_action;
  bool default_is_const = false;
  std::optional<ActionCall> empty_group_action;  // of an entry whose group has no members; none: the default action
  std::vector<TableEntry> entries;               // initial ones; in order of the text
  bool entries_are_const = false;
  uint64_t size = 1024;
  bool has_size = false;
  bool supports_timeout = false;
  bool adds_on_miss = false;                            // PNA: add_on_miss = true
  std::optional<ExternId> implementation;               // an action profile or selector
  std::vector<ExternId> direct_externs;                 // direct counters, meters, registers that it owns
  std::map<std::string, std::string> other_properties;  // name → its value as text
  bool is_hidden = false;
  p4::SourceRange where{};  // of its name
};

// ---- Externs ----

// What a constructor was given: a number, a text, an enum's member by its name, another instance.
struct ConstantArgument {
  std::string parameter;
  enum class Kind : uint8_t { Number, Text, Member, Instance, Absent, List } kind = Kind::Absent;
  p4::Integer number;
  uint32_t width = 0;  // of a number; 0: int
  std::string text;    // Text; Member: its name, `csum16`
  ExternId instance = ExternId::None;
  std::vector<ConstantArgument> parts;  // List
};

struct Extern {
  std::string name;       // full: `ingress.bytes_by_port`
  std::string type_name;  // `counter`
  std::vector<std::string> annotations;
  std::vector<ConstantArgument> arguments;
  std::vector<uint32_t> type_argument_widths;  // in bits, of its type arguments; 0 where one has none
  std::vector<std::string> type_argument_names;
  std::map<std::string, ProcedureId> abstract_methods;
  bool is_hidden = false;
  p4::SourceRange where{};  // of its name, or of what makes one without
};

// ---- The whole ----

// A parser or control that the architecture runs: an argument of the package.
struct Block {
  std::string role;  // the package's parameter: `p`, `ig`, `MyDeparser` … as the architecture file names it
  std::string name;  // the program's: `MyIngress`
  std::optional<ParserId> parser;
  std::optional<ProcedureId> procedure;
  // The variables of its parameters, in order; of the flattened ones all, in order.
  struct Parameter {
    std::string name;
    std::vector<VariableId> variables;  // fields and validities, as they lie
    std::vector<HeaderId> headers;
  };
  std::vector<Parameter> parameters;
};

// An enum that externs' arguments or results use, by the numbers that variables hold.
struct EnumInfo {
  std::string name;
  std::vector<std::string> members;  // by number
};

// What a program is made of; Program itself adds the nodes' memory.
struct ProgramParts {
  std::string architecture;  // the package's type: `V1Switch`, `PSA_Switch`, `PNA_NIC`, another
  std::vector<Variable> variables;
  std::vector<Header> headers;
  std::vector<Procedure> procedures;
  std::vector<Parser> parsers;
  std::vector<Table> tables;
  std::vector<Extern> externs;
  std::vector<ValueSet> value_sets;
  std::vector<Block> blocks;
  std::vector<std::string> errors;  // by number: NoError, PacketTooShort …
  std::vector<EnumInfo> enums;
  // v1model: fields of user metadata with @field_list(n), by n: what resubmit, recirculate and clone keep.
  std::map<uint32_t, std::vector<VariableId>> field_lists;
  uint32_t extern_sites = 0;  // CallExtern::site are below it
  VariableId exited{};        // one bit: `exit` was reached in the block that runs
  VariableId parser_error{};  // error_width bits: why the parser rejected; 0: it did not
};

class Program : public ProgramParts {
 public:
  static constexpr uint32_t error_width = 32;
  static constexpr uint32_t enum_width = 32;
  static constexpr uint32_t stack_index_width = 32;
  static constexpr uint32_t loop_turns_max = 1U << 20;    // of all loops, for one packet; by turn_cost
  static constexpr uint32_t parser_steps_max = 1U << 16;  // states entered, for one packet; by step_cost

  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // The same program with nodes of its own (passes/clone.cc), for passes to change; all numbers stay.
  [[nodiscard]] std::unique_ptr<Program> clone() const;

  [[nodiscard]] const Variable& at(VariableId id) const { return variables[index_of(id)]; }
  [[nodiscard]] const Header& at(HeaderId id) const { return headers[index_of(id)]; }
  [[nodiscard]] const Procedure& at(ProcedureId id) const { return procedures[index_of(id)]; }
  [[nodiscard]] const Parser& at(ParserId id) const { return parsers[index_of(id)]; }
  [[nodiscard]] const Table& at(TableId id) const { return tables[index_of(id)]; }
  [[nodiscard]] const Extern& at(ExternId id) const { return externs[index_of(id)]; }
  [[nodiscard]] const ValueSet& at(ValueSetId id) const { return value_sets[index_of(id)]; }
  [[nodiscard]] std::optional<VariableId> find_variable(std::string_view name) const;
  [[nodiscard]] std::optional<uint32_t> find_error(std::string_view name) const;
  [[nodiscard]] const Block* find_block(std::string_view role) const;

  template <typename T, typename... Args>
  const T* expression(Args&&... args) {
    auto node = std::make_unique<T>(std::forward<Args>(args)...);
    const T* const raw = node.get();
    expressions_.push_back(std::move(node));
    return raw;
  }
  template <typename T, typename... Args>
  T* statement(Args&&... args) {
    auto node = std::make_unique<T>(std::forward<Args>(args)...);
    T* const raw = node.get();
    statements_.push_back(std::move(node));
    return raw;
  }
  VariableId add_variable(std::string name, uint32_t width, bool is_varbit = false, bool is_signed = false);

  // Of all kinds together, for limits.
  [[nodiscard]] size_t node_count() const noexcept { return expressions_.size() + statements_.size(); }

 private:
  std::deque<std::unique_ptr<const Expression>> expressions_;
  std::deque<std::unique_ptr<Statement>> statements_;
  std::map<std::string, VariableId, std::less<>> variables_by_name_;
};

}  // namespace outrigger::p4_ir
