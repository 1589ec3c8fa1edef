// The two seams around a lowered program: an Engine runs its blocks on a packet; a Host is the world that the program
// asks while it runs: tables, externs, value sets. The interpreter and native code are engines; an architecture is a
// host, and drives an engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// What a table's lookup came to.
struct Found {
  bool is_hit = false;
  uint32_t action = 0;  // in Table::actions
  const std::vector<Bits>* arguments =
      nullptr;  // the action's data, one for each parameter; alive until the next lookup of the table
};

// The values of one call of an extern, in the order of CallExtern::arguments.
struct ExternValues {
  struct Argument {
    std::vector<Bits> parts;  // Value, Both: given. Result, Both: to be filled in, of the parts' widths (zero before)
    std::vector<bool> header_valid;  // of the headers inside, in order
  };
  std::vector<Argument> arguments;
  Argument result;  // to be filled in
};

class Host {
 public:
  virtual ~Host() = default;
  // The keys' values in the order of Table::keys (selector keys, too). Counting by direct counters is the host's.
  virtual Found look_up(TableId table, std::span<const Bits> keys) = 0;
  virtual void call(const CallExtern& call, ExternValues& values) = 0;
  [[nodiscard]] virtual bool is_in_set(ValueSetId set, std::span<const Bits> values) = 0;
};

// How a block ended.
enum class Outcome : uint8_t {
  Done,       // a control returned, a parser accepted
  Rejected,   // a parser rejected: Program::parser_error says why
  Exhausted,  // loop_turns_max or parser_steps_max was reached: the packet is to be dropped
};

// One packet at a time; one thread. Lives no longer than its program and host.
class Engine {
 public:
  virtual ~Engine() = default;
  // A new packet: every variable becomes zero, every header invalid, nothing is parsed. The bytes are copied.
  virtual void begin(std::span<const uint8_t> packet) = 0;
  // Another packet for the same variables: what is parsed next comes from its first byte on.
  virtual void set_packet(std::span<const uint8_t> packet) = 0;
  virtual Outcome run(const Block& block) = 0;
  [[nodiscard]] virtual Bits get(VariableId variable) const = 0;  // a varbit: its current size as the width
  virtual void set(VariableId variable, const Bits& value) = 0;   // of the variable's width; a varbit: up to it
  // Bytes of the packet, and those before the parser's cursor (it moves by bits; parsed headers are whole bytes in sane
  // programs).
  [[nodiscard]] virtual uint32_t packet_bytes() const = 0;
  [[nodiscard]] virtual uint32_t parsed_bits() const = 0;
  // What the deparser emitted since begin(), set_packet() or the last take, and after it what the parser has not read.
  virtual std::vector<uint8_t> take_output() = 0;
};

}  // namespace outrigger::p4_ir
