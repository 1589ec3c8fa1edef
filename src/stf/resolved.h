// resolved.h: entries as engines take them: indices into ProgramInfo, and values that are exactly as wide as the
// program says.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "stf/number.h"

namespace outrigger::stf {

// All values are big endian, ceil(width / 8) bytes, with zeroes above the width.
struct ExactValue {
  Bytes value;
  friend bool operator==(const ExactValue&, const ExactValue&) = default;
};

struct LpmValue {
  Bytes value;  // zeroes behind the prefix
  uint32_t prefix_length = 0;
  friend bool operator==(const LpmValue&, const LpmValue&) = default;
};

struct TernaryValue {
  Bytes value;  // zeroes where the mask has them
  Bytes mask;
  friend bool operator==(const TernaryValue&, const TernaryValue&) = default;
};

// Both ends belong to it.
struct RangeValue {
  Bytes low;
  Bytes high;
  friend bool operator==(const RangeValue&, const RangeValue&) = default;
};

struct OptionalValue {
  std::optional<Bytes> value;  // none: matches anything
  friend bool operator==(const OptionalValue&, const OptionalValue&) = default;
};

using KeyValue = std::variant<ExactValue, LpmValue, TernaryValue, RangeValue, OptionalValue>;

// An action with all its arguments, in the order of its parameters.
struct ActionCall {
  uint32_t action = 0;  // index in ProgramInfo::actions
  std::vector<Bytes> arguments;
  friend bool operator==(const ActionCall&, const ActionCall&) = default;
};

struct Entry {
  uint32_t table = 0;          // index in ProgramInfo::tables
  std::vector<KeyValue> keys;  // one for each of the table's keys, of its match kind
  // The greater one wins; 0 where the script gives none. Among equals the entry that was added first wins.
  uint32_t priority = 0;
  ActionCall call;
  friend bool operator==(const Entry&, const Entry&) = default;
};

}  // namespace outrigger::stf
