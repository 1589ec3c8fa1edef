// Fuzzes native code and P4Info: what the checker accepts has a P4Info, and both engines do the same with any packet.
#include <random>

#include "p4/instance_tree.h"
#include "p4_info/p4_info.h"
#include "p4_ir/lower.h"
#include "random_program/both_engines.h"
#include "robustness/program_fuzzer.h"

namespace outrigger::p4_robustness {
namespace {

constexpr uint32_t packets = 4;
constexpr uint32_t packet_bytes_max = 160;

void run_engines(const p4_ir::Program& program, uint64_t seed) {
  const auto engines = p4_random::BothEngines::make(program, seed);
  if (!engines.has_value()) {
    check(engines.error().code != Code::Internal, engines.error().what.c_str());
    return;
  }
  std::mt19937_64 random(seed);
  for (uint32_t i = 0; i < packets; ++i) {
    std::vector<uint8_t> packet(random() % packet_bytes_max);
    for (uint8_t& byte : packet) {
      byte = static_cast<uint8_t>(random());
    }
    const std::string differs = (*engines)->run(packet);
    check(differs.empty(), differs.c_str());
  }
}

void run(std::string_view text) {
  const auto compilation = compile_after(Prelude::V1model, text);
  if (!compilation->is_good()) {
    return;
  }
  p4::InstanceTree tree(compilation->program, compilation->types, compilation->values, compilation->diagnostics);
  if (compilation->is_good()) {
    const p4_info::P4Info info = p4_info::make_p4_info(*compilation, tree);
    check(p4_info::to_text(info).size() + p4_info::to_json(info).size() > 0, "a P4Info has a text");
  }
  if (const auto program = p4_ir::lower(*compilation); program != nullptr) {
    run_engines(*program, text.size());
  }
}

}  // namespace
}  // namespace outrigger::p4_robustness

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return outrigger::p4_robustness::fuzz_program(
      data, size, [](auto, std::string_view text) { outrigger::p4_robustness::run(text); });
}
