// RandomProgram: lowered programs by seed, for comparing engines: expressions of all operators and many widths, all
// statements, parsers with all kinds of keysets, varbits, loops, tables, externs and value sets. And the host they run
// in, whose answers depend on nothing but what it is asked. For tests alone.
#pragma once

#include <memory>
#include <random>

#include "p4_ir/engine.h"

namespace outrigger::p4_native {

class Random {
 public:
  explicit Random(uint64_t seed) : source_(seed) {}
  // Below `count`.
  uint32_t below(uint32_t count) { return static_cast<uint32_t>(source_() % count); }
  bool one_in(uint32_t count) { return below(count) == 0; }
  uint64_t word() { return source_(); }
  p4_ir::Bits bits(uint32_t width);
  std::vector<uint8_t> bytes(uint32_t count);

 private:
  std::mt19937_64 source_;
};

// Blocks: "parser", "control", "deparser". `is_for_bursts`: the deparser ends in its emits; less that needs a host.
std::unique_ptr<p4_ir::Program> random_program(uint64_t seed, bool is_for_bursts = false);

// Answers by a hash of the question. `trace()` is a hash of all lookups and calls so far, with their values.
class HashingHost final : public p4_ir::Host {
 public:
  explicit HashingHost(const p4_ir::Program& program) : program_(program) {}
  p4_ir::Found look_up(p4_ir::TableId table, std::span<const p4_ir::Bits> keys) override;
  void call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) override;
  [[nodiscard]] bool is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Bits> values) override;
  [[nodiscard]] uint64_t trace() const noexcept { return trace_; }

 private:
  const p4_ir::Program& program_;
  std::vector<p4_ir::Bits> arguments_;
  uint64_t trace_ = 0;
};

}  // namespace outrigger::p4_native
