// Two engines on the same packets.
#include "random_program/both_engines.h"

#include <fmt/format.h>

#include "p4_ir/passes/observed.h"

namespace outrigger::p4_random {

Result<std::unique_ptr<BothEngines>> BothEngines::make(const p4_ir::Program& program, uint64_t seed) {
  OR_ASSIGN(auto native, p4_native::NativeProgram::compile(program, {}));
  return std::unique_ptr<BothEngines>(new BothEngines(program, std::move(native), seed));
}

BothEngines::BothEngines(const p4_ir::Program& program, std::unique_ptr<p4_native::NativeProgram> compiled,
                         uint64_t seed)
    : program_(program),
      observed_(p4_ir::observed_variables(program)),
      compiled_(std::move(compiled)),
      interpreter_host_(program, seed),
      native_host_(program, seed),
      interpreter_(program, interpreter_host_),
      native_(*compiled_, native_host_) {}

std::string BothEngines::run(const std::vector<uint8_t>& packet) {
  interpreter_.begin(packet);
  native_.begin(packet);
  for (const p4_ir::Block& block : program_.blocks) {
    const p4_ir::Outcome a = interpreter_.run(block);
    const p4_ir::Outcome b = native_.run(block);
    if (a != b) {
      return fmt::format("{}: outcomes {} and {}", block.role, static_cast<int>(a), static_cast<int>(b));
    }
    if (a == p4_ir::Outcome::Exhausted) {  // the packet is dropped: what it left behind is nobody's
      return {};
    }
    if (std::string what = difference(); !what.empty()) {
      return block.role + ": " + what;
    }
  }
  return interpreter_.take_output() == native_.take_output() ? "" : "outputs differ";
}

std::string BothEngines::difference() const {
  for (uint32_t i = 0; i < program_.variables.size(); ++i) {
    const auto variable = static_cast<p4_ir::VariableId>(i);
    if (!observed_[i]) {
      continue;
    }
    const p4_ir::Bits a = interpreter_.get(variable);
    const p4_ir::Bits b = native_.get(variable);
    if (!(a == b)) {
      return fmt::format("{}: interpreter {} ({} bits), native {} ({} bits)", program_.variables[i].name, a.to_hex(),
                         a.width(), b.to_hex(), b.width());
    }
  }
  return interpreter_.parsed_bits() == native_.parsed_bits() ? "" : "the cursors differ";
}

}  // namespace outrigger::p4_random
