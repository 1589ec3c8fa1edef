// NativeEngine: a p4_ir::Engine that runs a NativeProgram, one packet at a time. Outcomes, variables and output equal
// the interpreter's.
#pragma once

#include <memory>
#include <vector>

#include "p4_ir/engine.h"
#include "p4_native/context.h"
#include "p4_native/native_program.h"

namespace outrigger::p4_native {

class NativeEngine final : public p4_ir::Engine {
 public:
  // Both must live longer.
  NativeEngine(const NativeProgram& program, p4_ir::Host& host);
  ~NativeEngine() override = default;
  NativeEngine(const NativeEngine&) = delete;
  NativeEngine& operator=(const NativeEngine&) = delete;

  void begin(std::span<const uint8_t> packet) override;
  void set_packet(std::span<const uint8_t> packet) override;
  p4_ir::Outcome run(const p4_ir::Block& block) override;
  [[nodiscard]] p4_ir::Bits get(p4_ir::VariableId variable) const override;
  void set(p4_ir::VariableId variable, const p4_ir::Bits& value) override;
  [[nodiscard]] uint32_t packet_bytes() const override { return static_cast<uint32_t>(packet_.size()); }
  [[nodiscard]] uint32_t parsed_bits() const override;
  std::vector<uint8_t> take_output() override;

  // For the run time's functions only: what generated code asks of the host.
  uint32_t apply(uint32_t table);
  [[nodiscard]] bool is_in_set(uint32_t site);
  void call(uint32_t site);
  void reserve_output(uint64_t bits);

 private:
  struct FreeState {
    void operator()(uint8_t* state) const noexcept;
  };
  [[nodiscard]] Context& context() const noexcept { return *reinterpret_cast<Context*>(state_.get()); }
  [[nodiscard]] std::vector<p4_ir::Bits> scratch_values(std::span<const uint32_t> widths) const;
  void prepare(const p4_ir::ExternArgument& argument, std::span<const p4_ir::Bits>& values,
               p4_ir::ExternValues::Argument& into) const;
  void finish(const p4_ir::ExternArgument& argument, const p4_ir::ExternValues::Argument& made);

  const NativeProgram& native_;
  const p4_ir::Program& program_;
  p4_ir::Host& host_;
  std::unique_ptr<uint8_t[], FreeState> state_;
  std::vector<uint8_t> packet_;
  std::vector<uint8_t> output_;
  std::vector<p4_ir::Bits> keys_;
};

}  // namespace outrigger::p4_native
