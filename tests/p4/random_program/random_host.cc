// A Host that answers by chance.
#include "random_program/random_host.h"

#include <random>

namespace outrigger::p4_random {
namespace {

using p4_ir::Bits;

uint64_t mixed(uint64_t a, uint64_t b) {
  uint64_t mixed = (a ^ b) + 0x9e3779b97f4a7c15U;  // splitmix64
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

uint64_t hash_of(uint64_t seed, const Bits& bits) {
  uint64_t hash = mixed(seed, bits.width());
  for (const uint8_t byte : bits.to_big_endian()) {
    hash = mixed(hash, byte);
  }
  return hash;
}

uint64_t hash_of(uint64_t seed, std::span<const Bits> all) {
  for (const Bits& bits : all) {
    seed = hash_of(seed, bits);
  }
  return seed;
}

Bits any_bits(uint32_t width, std::mt19937_64& random) {
  std::vector<uint8_t> bytes((width + 7) / 8);
  for (uint8_t& byte : bytes) {
    byte = static_cast<uint8_t>(random());
  }
  return Bits::from_big_endian(width, bytes);
}

}  // namespace

p4_ir::Found RandomHost::look_up(p4_ir::TableId id, std::span<const Bits> keys) {
  const p4_ir::Table& table = program_.at(id);
  std::mt19937_64 random(hash_of(mixed(seed_, index_of(id)), keys));
  p4_ir::Found found{.is_hit = !keys.empty() && !table.actions.empty() && random() % 4 != 0,
                     .action = table.default_action.action,
                     .arguments = &table.default_action.arguments};
  if (!found.is_hit) {
    return found;
  }
  found.action = static_cast<uint32_t>(random() % table.actions.size());
  std::vector<Bits>& arguments = arguments_[index_of(id)];
  arguments.clear();
  for (const p4_ir::ActionParameter& parameter : table.actions[found.action].parameters) {
    arguments.push_back(any_bits(parameter.width, random));
  }
  found.arguments = &arguments;
  return found;
}

void RandomHost::call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) {
  uint64_t hash = mixed(seed_, call.site);
  for (const p4_ir::ExternValues::Argument& argument : values.arguments) {
    hash = hash_of(hash, argument.parts);
  }
  std::mt19937_64 random(hash);
  const auto fill = [&](const p4_ir::ExternArgument& argument, p4_ir::ExternValues::Argument& made) {
    if (argument.kind != p4_ir::ExternArgument::Kind::Result && argument.kind != p4_ir::ExternArgument::Kind::Both) {
      return;
    }
    for (size_t i = 0; i < argument.parts.size(); ++i) {
      const p4_ir::ExternArgument::Part& part = argument.parts[i];
      made.parts[i] =
          any_bits(part.is_varbit ? static_cast<uint32_t>(random() % (part.width + 1)) : part.width, random);
    }
  };
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    fill(call.arguments[i], values.arguments[i]);
  }
  fill(call.result, values.result);
}

bool RandomHost::is_in_set(p4_ir::ValueSetId set, std::span<const Bits> values) {
  return hash_of(mixed(seed_, index_of(set)), values) % 2 == 0;
}

}  // namespace outrigger::p4_random
