// Fuzzes native code and P4Info: what the checker accepts has a P4Info, and both engines do the same with any packet.
#include <random>

#include "base/check.h"
#include "p4/instance_tree.h"
#include "p4/large_stack.h"
#include "p4_info/p4_info.h"
#include "p4_ir/lower.h"
#include "random_program/both_engines.h"
#include "robustness/fuzzed_program.h"

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

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  return outrigger::p4_robustness::mutate_input(data, size, size_max, seed);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data, size_t size, const uint8_t* other, size_t other_size,
                                            uint8_t* out, size_t size_max, unsigned seed) {
  return outrigger::p4_robustness::cross_inputs(data, size, other, other_size, out, size_max, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > (64U << 10U)) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  outrigger::check(outrigger::p4::run_with_large_stack([&] { outrigger::p4_robustness::run(text); }),
                   "memory for a stack");
  return 0;
}
