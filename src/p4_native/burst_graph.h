// BurstGraph: what of a program matters for the order of packets, as a graph in which a packet goes from node to node:
// where it waits for a table, where it may turn slow, where it works on a meter or register. Everything is written out
// as the burst's code is. Inside the room only.
#pragma once

#include <map>
#include <set>

#include "p4_native/burst_calls.h"

namespace outrigger::p4_native {

struct BurstNode {
  enum class Kind : uint8_t {
    Plain,
    Slow,     // a packet may turn slow here
    Again,    // it may, unless it goes one by one: then it comes again when it is through
    Apply,    // it waits for `table`
    Ordered,  // it works on `objects`
  };
  Kind kind = Kind::Plain;
  uint32_t table = 0;
  const p4_ir::Statement* statement = nullptr;  // of Ordered
  std::vector<p4_ir::ExternId> objects;         // of Ordered, and of Slow: what an engine would work on here
  bool is_in_parser = false;
  std::vector<uint32_t> next;
};

struct BurstGraph {
  std::vector<BurstNode> nodes;  // the first is where packets begin; mostly in the order in which they are passed
  bool is_whole = true;          // else the program is larger than flow_nodes_max
  uint32_t counts = 0;           // calls that count, as often as they are written out
  bool counts_in_circles = false;
  bool may_leave_bytes = false;                       // the parser may stop inside a byte
  std::set<p4_ir::VariableId> made_valid;             // validities that something else than the parser's extracts sets
  std::set<p4_ir::VariableId> set_otherwise;          // variables that something else than an assignment sets
  bool sets_again_port = false;                       // packets may come again: the shape's again_port
  std::map<p4_ir::ExternId, uint32_t> register_bits;  // of the widest value that a call reads or writes
};

BurstGraph make_burst_graph(const p4_ir::Program& program, const BurstShape& shape);

// Until which step (its number) a packet turns slow when this variable is set, because the architecture would do what
// bursts cannot; nullopt: it does not. Such packets turn slow where they set it.
std::optional<size_t> last_step_slow_when_set(const BurstShape& shape, p4_ir::VariableId variable);

// Does the assignment give the constant 0?
bool assigns_zero(const p4_ir::Assign& statement);

}  // namespace outrigger::p4_native
