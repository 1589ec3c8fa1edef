// script.h: an STF script as values: one command a line, names and numbers as they are written, with their places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "stf/number.h"
#include "stf/pattern.h"

namespace outrigger::stf {

// A name as it is written, quotation marks removed.
struct Name {
  std::string text;
  uint32_t column = 0;
};

enum class ValueForm : uint8_t {
  Plain,   // first
  Prefix,  // first/second
  Masked,  // first &&& second
  Range,   // first..second
};

struct Value {
  ValueForm form = ValueForm::Plain;
  Number first;
  Number second;
  uint32_t column = 0;
};

struct KeyText {
  Name name;
  Value value;
};

struct ArgumentText {
  Name name;  // empty: by position
  Number value;
  uint32_t column = 0;  // the value's
};

struct ActionText {
  Name name;
  std::vector<ArgumentText> arguments;
};

struct Packet {
  uint32_t port = 0;
  Bytes bytes;
};

struct Expect {
  uint32_t port = 0;
  std::optional<PacketPattern> pattern;  // none: any packet
};

struct Wait {};
struct NoPacket {};
struct RemoveAll {};

struct Add {
  Name table;
  std::optional<uint32_t> priority;
  std::vector<KeyText> keys;
  ActionText action;
  std::string handle;  // without `$`; empty: none
};

struct SetDefault {
  Name table;
  ActionText action;
};

enum class CounterUnit : uint8_t { PacketCount, ByteCount };
enum class Comparison : uint8_t { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };

struct CounterCondition {
  CounterUnit unit = CounterUnit::PacketCount;
  Comparison comparison = Comparison::Equal;
  uint64_t value = 0;
};

struct CheckCounter {
  Name counter;
  std::variant<uint64_t, Name> cell;          // an index, or the name of a handle without `$`
  std::optional<CounterCondition> condition;  // none: the counter is there
};

struct MirroringAdd {
  uint32_t session = 0;
  uint32_t port = 0;
};

struct MirroringAddMc {
  uint32_t session = 0;
  uint32_t group = 0;
};

struct MirroringGet {
  uint32_t session = 0;
};

struct McMgrpCreate {
  uint32_t group = 0;
};

struct McNodeCreate {
  uint32_t rid = 0;
  std::vector<uint32_t> ports;
};

struct McNodeAssociate {
  uint32_t group = 0;
  uint32_t node = 0;  // they are numbered from 0 in the order in which they are made
};

struct RegisterRead {
  Name name;
  std::optional<uint64_t> index;  // none: all of them
};

struct RegisterWrite {
  Name name;
  uint64_t index = 0;
  Number value;
  uint32_t column = 0;  // the value's
};

struct RegisterReset {
  Name name;
};

// One rate of a meter as BMv2's command line takes it: `RATE:BURST`.
struct MeterRate {
  double per_microsecond = 0;  // packets or bytes, as the meter counts
  uint64_t burst = 0;          // packets or bytes

  friend bool operator==(const MeterRate&, const MeterRate&) = default;
};

struct MeterGetRates {
  Name name;
  uint64_t index = 0;
};

struct MeterSetRates {
  Name name;
  uint64_t index = 0;
  std::vector<MeterRate> rates;  // one or two, the smaller (committed) first
};

struct MeterArraySetRates {
  Name name;
  std::vector<MeterRate> rates;
};

// The parameters of a CRC of the program's that is custom (Williams' model).
struct SetCrcParameters {
  Name name;  // the calculation's, as BMv2 counts them: calc, calc_0, calc_1, …
  uint32_t width_bits = 0;
  uint64_t polynomial = 0;
  uint64_t initial = 0;
  uint64_t final_xor = 0;
  bool is_input_reflected = false;
  bool is_output_reflected = false;
};

using AnyCommand =
    std::variant<Packet, Expect, Wait, NoPacket, RemoveAll, Add, SetDefault, CheckCounter, MirroringAdd, MirroringAddMc,
                 MirroringGet, McMgrpCreate, McNodeCreate, McNodeAssociate, RegisterRead, RegisterWrite, RegisterReset,
                 MeterGetRates, MeterSetRates, MeterArraySetRates, SetCrcParameters>;

struct Command {
  uint32_t line = 0;  // from 1
  AnyCommand command;
};

struct Script {
  std::vector<Command> commands;
};

}  // namespace outrigger::stf
