// What bursts make of calls: see burst_calls.h.
#include "p4_native/burst_calls.h"

#include <algorithm>

#include "p4_native/limits.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::CallExtern;
using p4_ir::ExternArgument;
using p4_ir::Program;
using Kind = BurstExtern::Kind;

namespace {

bool has_argument(const CallExtern& call, int place) {
  return place >= 0 && static_cast<size_t>(place) < call.arguments.size();
}

// One value that is no varbit.
bool is_scalar(const CallExtern& call, int place) {
  if (!has_argument(call, place)) {
    return false;
  }
  const auto& parts = call.arguments[static_cast<size_t>(place)].parts;
  return parts.size() == 1 && parts[0].value != nullptr && !parts[0].is_varbit && parts[0].width <= width_bits_max;
}

bool is_scalar_or_absent(const CallExtern& call, int place) {
  return place == BurstExtern::absent || is_scalar(call, place);
}

uint64_t bits_of(const ExternArgument& argument) {
  uint64_t bits = 0;
  for (const ExternArgument::Part& part : argument.parts) {
    bits += part.width;
  }
  return bits;
}

// Variables that can be set; there may be none.
bool is_result(const CallExtern& call, int place) {
  if (place != BurstExtern::absent && !has_argument(call, place)) {
    return false;
  }
  const ExternArgument& argument = argument_or_result(call, place);
  const bool is_set = argument.kind == ExternArgument::Kind::Result || argument.kind == ExternArgument::Kind::Both;
  return (is_set || argument.parts.empty()) && bits_of(argument) <= width_bits_max &&
         std::none_of(argument.parts.begin(), argument.parts.end(), [](const auto& part) { return part.is_varbit; });
}

bool is_data(const Program& program, const CallExtern& call, int place) {
  if (!has_argument(call, place)) {
    return false;
  }
  const ExternArgument& argument = call.arguments[static_cast<size_t>(place)];
  uint64_t bits = 0;
  for (const ExternArgument::Part& part : argument.parts) {
    if (part.value == nullptr || part.width > width_bits_max) {
      return false;
    }
    bits += is_varbit_part(program, part) ? 0 : part.width;
  }
  return bits <= hashed_bits_max;
}

bool has_hash(const Program& program, const BurstShape& shape, const CallExtern& call, const BurstExtern& known) {
  const BurstHash hash = hash_of_call(program, shape, call, known);
  return hash != BurstHash::None && (!known.has_payload || hash == BurstHash::Csum16) &&
         is_data(program, call, known.data);
}

bool is_checksum(const Program& program, const BurstShape& shape, const CallExtern& call, const BurstExtern& known) {
  return is_scalar(call, known.condition) && is_scalar(call, known.value) && has_hash(program, shape, call, known) &&
         (known.kind == Kind::VerifyChecksum || is_result(call, known.value));
}

bool is_register_call(const CallExtern& call, const BurstExtern& known) {
  if (known.kind == Kind::ReadRegister) {
    return is_scalar(call, known.index) && is_result(call, known.result);
  }
  if (!is_scalar(call, known.index) || !has_argument(call, known.value)) {
    return false;
  }
  const auto& parts = call.arguments[static_cast<size_t>(known.value)].parts;
  return register_call_bits(call, known) <= width_bits_max &&
         std::none_of(parts.begin(), parts.end(), [](const auto& part) { return part.is_varbit || !part.value; });
}

// Values that can be chosen from, and what gets them.
bool is_choice(const CallExtern& call, const BurstExtern& known) {
  if (!is_scalar(call, known.condition) || !is_result(call, known.result)) {
    return false;
  }
  const size_t parts = argument_or_result(call, known.result).parts.size();
  for (const int place : {known.value, known.base}) {
    const bool is_there = has_argument(call, place);
    if (!is_there || call.arguments[static_cast<size_t>(place)].parts.size() != parts) {
      return false;
    }
    const auto& values = call.arguments[static_cast<size_t>(place)].parts;
    if (std::any_of(values.begin(), values.end(), [](const auto& part) { return part.is_varbit || !part.value; })) {
      return false;
    }
  }
  return true;
}

// Of parts that are there.
bool are_tests(const CallExtern& call, const BurstExtern& known) {
  return is_result(call, known.result) && std::all_of(known.tests.begin(), known.tests.end(), [&](const auto& test) {
           if (!has_argument(call, test.argument)) {
             return false;
           }
           const auto& parts = call.arguments[static_cast<size_t>(test.argument)].parts;
           return test.part < parts.size() && parts[test.part].value != nullptr && !parts[test.part].is_varbit &&
                  parts[test.part].width <= 64;
         });
}

bool can_do(const Program& program, const BurstShape& shape, const CallExtern& call, const BurstExtern& known) {
  const bool needs_instance = known.kind >= Kind::Count || (known.kind == Kind::Random && known.base < 0);
  if (needs_instance && call.instance == p4_ir::ExternId::None) {
    return false;
  }
  switch (known.kind) {
    case Kind::Sets:
    case Kind::Nothing:
    case Kind::DropUnlessSent:
    case Kind::ClearSum: return true;
    case Kind::UpdateChecksum:
    case Kind::VerifyChecksum: return is_checksum(program, shape, call, known);
    case Kind::Hash:
      return has_hash(program, shape, call, known) && is_result(call, known.result) &&
             is_scalar_or_absent(call, known.base) && is_scalar_or_absent(call, known.max);
    case Kind::Random:
      return is_result(call, known.result) && is_scalar_or_absent(call, known.base) &&
             is_scalar_or_absent(call, known.max);
    case Kind::Tests: return are_tests(call, known);
    case Kind::Count: return is_scalar_or_absent(call, known.index) && is_scalar_or_absent(call, known.bytes);
    case Kind::Meter:
      return is_scalar_or_absent(call, known.index) && is_scalar_or_absent(call, known.color) &&
             is_scalar_or_absent(call, known.bytes) && is_result(call, known.result);
    case Kind::ReadColor:
    case Kind::GetSum:
    case Kind::GetSumState: return is_result(call, known.result);
    case Kind::ReadRegister:
    case Kind::WriteRegister: return is_register_call(call, known);
    case Kind::AddToSum:
    case Kind::SubtractFromSum: return is_data(program, call, known.data);
    case Kind::Select: return is_choice(call, known);
    case Kind::Send:
    case Kind::SetSumState: return is_scalar(call, known.value);
  }
  return false;
}

bool is_of_type(const Program& program, p4_ir::ExternId id, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), program.at(id).type_name) != names.end();
}

}  // namespace

const ExternArgument& argument_or_result(const CallExtern& call, int place) {
  return place == BurstExtern::absent ? call.result : call.arguments[static_cast<size_t>(place)];
}

const BurstExtern* find_burst_extern(const Program& program, const BurstShape& shape, const CallExtern& call) {
  const bool is_method = call.instance != p4_ir::ExternId::None;
  const std::string_view type = is_method ? std::string_view(program.at(call.instance).type_name) : "";
  const auto found = std::find_if(shape.externs.begin(), shape.externs.end(), [&](const BurstExtern& one) {
    return one.type == type && one.name == call.name &&
           (one.arguments == BurstExtern::absent || static_cast<size_t>(one.arguments) == call.arguments.size());
  });
  return found == shape.externs.end() || !can_do(program, shape, call, *found) ? nullptr : &*found;
}

BurstHash hash_of_call(const Program& program, const BurstShape& shape, const CallExtern& call,
                       const BurstExtern& known) {
  if (known.algorithm == BurstExtern::absent) {
    return call.instance == p4_ir::ExternId::None ? BurstHash::None : hash_of_instance(program, call.instance);
  }
  if (!is_scalar(call, known.algorithm)) {
    return BurstHash::None;
  }
  const auto* number = as<p4_ir::Constant>(call.arguments[static_cast<size_t>(known.algorithm)].parts[0].value);
  return number == nullptr || number->value.low() >= shape.hashes.size() ? BurstHash::None
                                                                         : shape.hashes[number->value.low()];
}

BurstHash hash_of_instance(const Program& program, p4_ir::ExternId id) {
  for (const p4_ir::ConstantArgument& argument : program.at(id).arguments) {
    if (argument.kind == p4_ir::ConstantArgument::Kind::Member) {
      return find_burst_hash(argument.text);
    }
  }
  return BurstHash::None;
}

std::optional<uint64_t> number_of_instance(const Program& program, p4_ir::ExternId id, size_t position) {
  for (const p4_ir::ConstantArgument& argument : program.at(id).arguments) {
    if (argument.kind == p4_ir::ConstantArgument::Kind::Number && position-- == 0) {
      return argument.number.fits_ulong_p() ? argument.number.get_ui() : UINT64_MAX;
    }
  }
  return std::nullopt;
}

std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>> values_set(const Program& program, const CallExtern& call,
                                                                  const BurstExtern& known) {
  if (call.arguments.empty()) {
    return known.sets;
  }
  std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>> values;
  for (const ExternArgument& argument : call.arguments) {
    for (const ExternArgument::Part& part : argument.parts) {
      const p4_ir::Variable& variable = program.at(part.variable);
      for (const auto& [field, set_to] : known.fields) {
        if (argument.kind == ExternArgument::Kind::Both &&
            std::string_view(variable.name).substr(variable.name.rfind('.') + 1).starts_with(field)) {
          values.emplace_back(part.variable, p4_ir::Bits(variable.width, set_to));
        }
      }
    }
  }
  return values;
}

bool is_ordered(BurstExtern::Kind kind) noexcept {
  return kind == Kind::Meter || kind == Kind::ReadRegister || kind == Kind::WriteRegister;
}

uint32_t register_call_bits(const CallExtern& call, const BurstExtern& known) {
  const bool is_read = known.kind == Kind::ReadRegister;
  const uint64_t bits = bits_of(argument_or_result(call, is_read ? known.result : known.value));
  return static_cast<uint32_t>(std::min<uint64_t>(bits, UINT32_MAX));
}

bool is_varbit_part(const Program& program, const ExternArgument::Part& part) {
  const auto* read = as<p4_ir::Read>(part.value);
  return part.is_varbit || (read != nullptr && program.at(read->variable).is_varbit);
}

bool is_direct_meter(const Program& program, p4_ir::ExternId id) {
  return is_of_type(program, id, {"direct_meter", "DirectMeter"});
}

bool is_direct_counter(const Program& program, p4_ir::ExternId id) {
  return is_of_type(program, id, {"direct_counter", "DirectCounter"});
}

std::optional<uint32_t> burst_key_bytes(const Program& program, const p4_ir::Table& table) {
  uint32_t bytes = 0;
  uint32_t selector_bits = 0;
  for (const p4_ir::TableKey& key : table.keys) {
    if (key.kind == p4_ir::MatchKind::Selector) {
      selector_bits += key.value->width;
    } else {
      bytes += (key.value->width + 7) / 8;
    }
    if (key.value->width > width_bits_max) {
      return std::nullopt;
    }
  }
  const bool is_too_wide = bytes > pipeline::key_bytes_max || selector_bits > hashed_bits_max;
  const bool has_unknown_hash = selector_bits > 0 && table.implementation.has_value() &&
                                hash_of_instance(program, *table.implementation) == BurstHash::None;
  if (table.adds_on_miss || is_too_wide || has_unknown_hash) {
    return std::nullopt;
  }
  return bytes;
}

// By the keys alone: the table has that structure, or the engine knows better. Longer keys take longer to hash than it
// is worth; shorter ones are in direct tables.
KeyFetch key_fetch(const p4_ir::Table& table) {
  constexpr uint32_t exact_bits_min = 17;
  constexpr uint32_t exact_bytes_max = 16;
  constexpr uint32_t address_bits = 32;
  uint32_t fields = 0;
  uint32_t bits = 0;
  uint32_t bytes = 0;
  bool is_exact = true;
  bool is_lpm = false;
  for (const p4_ir::TableKey& key : table.keys) {
    if (key.kind != p4_ir::MatchKind::Selector) {
      ++fields;
      bits += key.value->width;
      bytes += (key.value->width + 7) / 8;
      is_exact = is_exact && key.kind == p4_ir::MatchKind::Exact;
      is_lpm = key.kind == p4_ir::MatchKind::Lpm;
    }
  }
  if (is_exact && bits >= exact_bits_min && bytes <= exact_bytes_max) {
    return KeyFetch::Bucket;
  }
  return is_lpm && fields == 1 && bits == address_bits ? KeyFetch::Place : KeyFetch::None;
}

bool lies_on_bytes(const Program& program, const p4_ir::Header& header) {
  uint32_t bits = 0;  // since the last field that ends on a byte
  for (size_t i = 0; i < header.fields.size(); ++i) {
    if (static_cast<int>(i) == header.varbit_field) {
      continue;
    }
    bits += program.at(header.fields[i]).width;
    if (bits > field_bits_inline_max) {
      return false;
    }
    bits = bits % 8 == 0 ? 0 : bits;
  }
  return bits == 0;
}

}  // namespace outrigger::p4_native
