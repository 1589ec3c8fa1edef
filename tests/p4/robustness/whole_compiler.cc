// Accepted programs on their way to packets: see whole_compiler.h.
#include "robustness/whole_compiler.h"

#include <random>

#include "burst_comparison.h"
#include "p4/instance_tree.h"
#include "p4_info/p4_info.h"
#include "p4_ir/lower.h"
#include "p4_target/engines.h"
#include "random_program/both_engines.h"
#include "random_program/random_run.h"

namespace outrigger::p4_robustness {
namespace {

constexpr uint32_t packets = 4;
constexpr uint32_t packet_bytes_max = 160;
constexpr uint32_t packets_together = 2;  // few: a program that sends all of them around again takes its time

std::vector<uint8_t> random_packet(std::mt19937_64& random) {
  std::vector<uint8_t> packet(random() % packet_bytes_max);
  for (uint8_t& byte : packet) {
    byte = static_cast<uint8_t>(random());
  }
  return packet;
}

std::string fault_of_engines(const p4_ir::Program& program, uint64_t seed, Reached& reached) {
  const auto engines = p4_random::BothEngines::make(program, seed);
  if (!engines.has_value()) {
    return engines.error().code == Code::Internal ? "native code: " + engines.error().what : "";
  }
  reached = Reached::Native;
  std::mt19937_64 random(seed);
  for (uint32_t i = 0; i < packets; ++i) {
    if (std::string differs = (*engines)->run(random_packet(random)); !differs.empty()) {
      return "engines differ: " + differs;
    }
  }
  return {};
}

std::string fault_of_targets(const p4_ir::Program& program, uint64_t seed, Reached& reached) {
  const auto one_by_one = p4_target::make_target(program, p4_target::EngineKind::Interpreter);
  const auto in_bursts = p4_target::make_target(program, p4_target::EngineKind::Native);
  for (const auto* made : {&one_by_one, &in_bursts}) {
    if (!made->has_value()) {
      return made->error().code == Code::Internal ? "target: " + made->error().what : "";
    }
  }
  reached = (*in_bursts)->bursts() == nullptr ? Reached::Target : Reached::Bursts;
  BurstComparison comparison(**one_by_one, **in_bursts, seed, 0);
  std::mt19937_64 random(seed);
  for (uint32_t i = 0; i < packets_together; ++i) {
    (void)comparison.send(i, random_packet(random));
  }
  (void)comparison.wait();
  return comparison.difference().empty() ? "" : "bursts differ: " + comparison.difference();
}

}  // namespace

std::string fault_of_compiled(p4::Compilation& compilation, uint64_t seed, Reached* reached) {
  Reached unused{};
  Reached& stage = reached == nullptr ? unused : *reached;
  stage = Reached::Refused;
  p4::InstanceTree tree(compilation.program, compilation.types, compilation.values, compilation.diagnostics);
  if (compilation.is_good()) {
    const p4_info::P4Info info = p4_info::make_p4_info(compilation, tree);
    if (p4_info::to_text(info).size() + p4_info::to_json(info).size() == 0) {
      return "a P4Info without a text";
    }
  }
  bool is_refused = false;
  if (std::string fault = p4_random::lower_and_run(compilation, packets, seed, &is_refused); !fault.empty()) {
    return fault;
  }
  if (is_refused) {
    return {};
  }
  const auto program = p4_ir::lower(compilation);
  if (program == nullptr) {
    return "it is lowered once only";
  }
  stage = Reached::Lowered;
  std::string fault = fault_of_engines(*program, seed, stage);
  return fault.empty() ? fault_of_targets(*program, seed, stage) : fault;
}

}  // namespace outrigger::p4_robustness
