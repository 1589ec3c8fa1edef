// HashingHost: see random_program.h.
#include "p4_native/random_program.h"

namespace outrigger::p4_native {

using p4_ir::Bits;

namespace {

uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

uint64_t mix(uint64_t hash, const Bits& value) {
  hash = mix(hash, value.width());
  for (const uint8_t byte : value.to_big_endian()) {
    hash = mix(hash, byte);
  }
  return hash;
}

uint64_t mix(uint64_t hash, std::span<const Bits> values) {
  for (const Bits& value : values) {
    hash = mix(hash, value);
  }
  return hash;
}

Bits made_of(uint64_t hash, uint32_t width) {
  Random random(hash);
  return random.bits(width);
}

}  // namespace

p4_ir::Found HashingHost::look_up(p4_ir::TableId table, std::span<const Bits> keys) {
  const uint64_t hash = mix(index_of(table) + 1, keys);
  trace_ = mix(trace_, hash);
  const auto& actions = program_.at(table).actions;
  p4_ir::Found found{.is_hit = (hash & 1) != 0, .action = static_cast<uint32_t>((hash >> 8) % actions.size())};
  arguments_.clear();
  for (const p4_ir::ActionParameter& parameter : actions[found.action].parameters) {
    arguments_.push_back(made_of(mix(hash, arguments_.size()), parameter.width));
  }
  if ((hash & 14) != 0) {  // now and then a host without arguments: they are zero
    found.arguments = &arguments_;
  }
  return found;
}

void HashingHost::call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) {
  uint64_t hash = mix(trace_, call.site);
  for (const p4_ir::ExternValues::Argument& argument : values.arguments) {
    hash = mix(hash, argument.parts);
    for (const bool valid : argument.header_valid) {
      hash = mix(hash, valid ? 1 : 2);
    }
  }
  trace_ = hash;
  const auto fill = [&](const p4_ir::ExternArgument& of, p4_ir::ExternValues::Argument& into) {
    if (of.kind != p4_ir::ExternArgument::Kind::Result && of.kind != p4_ir::ExternArgument::Kind::Both) {
      return;
    }
    for (size_t i = 0; i < of.parts.size(); ++i) {
      hash = mix(hash, i);
      const uint32_t width = of.parts[i].width;
      into.parts[i] = made_of(hash, of.parts[i].is_varbit ? static_cast<uint32_t>(hash % (width + 1)) : width);
    }
  };
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    fill(call.arguments[i], values.arguments[i]);
  }
  fill(call.result, values.result);
}

bool HashingHost::is_in_set(p4_ir::ValueSetId set, std::span<const Bits> values) {
  return (mix(index_of(set) + 77, values) & 1) != 0;
}

}  // namespace outrigger::p4_native
