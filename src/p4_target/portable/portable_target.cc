// portable_target.cc: the engine, and variables of blocks by their places.
#include "p4_target/portable/portable_target.h"

#include <algorithm>

namespace outrigger::p4_target {

PortableTarget::PortableTarget(const p4_ir::Program& program, uint64_t seed) : Target(program, seed) {
  counts_every_hit_ = false;
  static constexpr std::string_view colors[] = {"GREEN", "YELLOW", "RED"};
  const bool is_pna = program.architecture.starts_with("PNA");
  colors_ = numbers_of(program, is_pna ? "PNA_MeterColor_t" : "PSA_MeterColor_t", colors);
}

std::vector<uint64_t> PortableTarget::numbers_of(const p4_ir::Program& program, std::string_view name,
                                                 std::span<const std::string_view> names) {
  std::vector<uint64_t> numbers(names.size());
  for (const p4_ir::EnumInfo& known : program.enums) {
    for (size_t i = 0; known.name == name && i < names.size(); ++i) {
      numbers[i] = static_cast<uint64_t>(std::ranges::find(known.members, names[i]) - known.members.begin());
    }
  }
  return numbers;
}

void PortableTarget::set(const p4_ir::Block& block, size_t parameter, size_t field, uint64_t value) {
  const auto& variables = block.parameters[parameter].variables;
  if (field < variables.size()) {
    engine_->set(variables[field], p4_ir::Bits(program().at(variables[field]).width, value));
  }
}

uint64_t PortableTarget::get(const p4_ir::Block& block, size_t parameter, size_t field) const {
  const auto& variables = block.parameters[parameter].variables;
  return field < variables.size() ? engine_->get(variables[field]).low() : 0;
}

void PortableTarget::write(const p4_ir::Block& block, size_t parameter, const Values& values) {
  const auto& variables = block.parameters[parameter].variables;
  for (size_t i = 0; i < variables.size() && i < values.size(); ++i) {
    engine_->set(variables[i], values[i]);
  }
}

PortableTarget::Values PortableTarget::read(const p4_ir::Block& block, size_t parameter) const {
  Values values;
  for (const p4_ir::VariableId variable : block.parameters[parameter].variables) {
    values.push_back(engine_->get(variable));
  }
  return values;
}

void PortableTarget::give_up(std::string_view why) { log().add(fmt::format("a packet was dropped: {}", why)); }

void PortableTarget::begin(std::span<const uint8_t> packet) {
  counted_bytes_ = static_cast<uint32_t>(packet.size());
  checksums_.clear();
  internet_checksums_.clear();
  engine_->begin(packet);
}

bool PortableTarget::run(const p4_ir::Block& block) {
  if (engine_->run(block) == p4_ir::Outcome::Exhausted) {
    give_up(fmt::format("{} took too many turns of its loops", block.name));
    return false;
  }
  return true;
}

}  // namespace outrigger::p4_target
