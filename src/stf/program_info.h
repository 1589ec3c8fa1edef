// ProgramInfo: what a script may name of a program: tables, actions, counters, registers, meters. An engine gives it;
// the resolver turns a script's names and numbers into indices into these lists and values of the right widths.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace outrigger::stf {

// The first name is the full one, for messages; all of them, and what follows a dot in them, may be used by scripts.
using Names = std::vector<std::string>;

enum class MatchKind : uint8_t { Exact, Lpm, Ternary, Range, Optional };

struct KeyInfo {
  Names names;  // the control plane's name, and the expression as it is in the program (`hdr.a[0].b`, `h.isValid()`)
  MatchKind match_kind = MatchKind::Exact;
  uint32_t width = 0;  // bits; bool: 1
};

struct ParameterInfo {
  std::string name;
  uint32_t width = 0;  // bits
};

struct ActionInfo {
  Names names;
  std::vector<ParameterInfo> parameters;  // those that the control plane gives, in order
};

struct TableAction {
  uint32_t action = 0;            // index in ProgramInfo::actions
  bool may_be_in_entries = true;  // not @defaultonly
  bool may_be_default = true;     // not @tableonly
};

struct TableInfo {
  Names names;
  std::vector<KeyInfo> keys;  // without those of match kind selector: no entry has them
  std::vector<TableAction> actions;
};

struct CounterInfo {
  Names names;
  bool is_direct = false;  // then its cells are the entries of `table`
  uint32_t table = 0;      // index in ProgramInfo::tables
  uint64_t size = 0;       // cells of one that is not direct
};

struct RegisterInfo {
  Names names;
  uint32_t width = 0;  // bits of one cell
  uint64_t size = 0;
};

struct MeterInfo {
  Names names;
  bool is_direct = false;
  uint32_t table = 0;
  uint64_t size = 0;
};

struct ProgramInfo {
  std::vector<TableInfo> tables;
  std::vector<ActionInfo> actions;
  std::vector<CounterInfo> counters;
  std::vector<RegisterInfo> registers;
  std::vector<MeterInfo> meters;
};

}  // namespace outrigger::stf
