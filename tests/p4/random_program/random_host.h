// A Host whose tables, value sets and externs answer by chance, but always the same to the same question: two engines
// may be compared over it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "p4_ir/engine.h"

namespace outrigger::p4_random {

class RandomHost final : public p4_ir::Host {
 public:
  // The program must live longer. An answer depends on the seed and the question only, not on those before.
  RandomHost(const p4_ir::Program& program, uint64_t seed) : program_(program), seed_(seed) {}

  // Hits one of the table's actions with any arguments, or misses.
  p4_ir::Found look_up(p4_ir::TableId table, std::span<const p4_ir::Bits> keys) override;
  void call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) override;
  [[nodiscard]] bool is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Bits> values) override;

 private:
  const p4_ir::Program& program_;
  uint64_t seed_;
  std::map<uint32_t, std::vector<p4_ir::Bits>> arguments_;  // of the last answer, by table
};

}  // namespace outrigger::p4_random
