// Making engines: native code is compiled once and shared by all of a factory's.
#include "p4_target/engines.h"

#include "p4_interpreter/interpreter.h"
#include "p4_native/native_engine.h"

namespace outrigger::p4_target {

Result<EngineFactory> engine_factory(const p4_ir::Program& program, EngineKind kind) {
  if (kind == EngineKind::Interpreter) {
    return [](const p4_ir::Program& of, p4_ir::Host& host) -> std::unique_ptr<p4_ir::Engine> {
      return std::make_unique<p4_interpreter::Interpreter>(of, host);
    };
  }
  OR_ASSIGN(auto compiled, p4_native::NativeProgram::compile(program, {}));
  const std::shared_ptr<const p4_native::NativeProgram> native = std::move(compiled);
  // The engine keeps what it runs: it outlives the factory.
  class Engine final : public p4_ir::Engine {
   public:
    Engine(std::shared_ptr<const p4_native::NativeProgram> of, p4_ir::Host& host)
        : native_(std::move(of)), engine_(*native_, host) {}
    void begin(std::span<const uint8_t> packet) override { engine_.begin(packet); }
    void set_packet(std::span<const uint8_t> packet) override { engine_.set_packet(packet); }
    p4_ir::Outcome run(const p4_ir::Block& block) override { return engine_.run(block); }
    [[nodiscard]] p4_ir::Bits get(p4_ir::VariableId variable) const override { return engine_.get(variable); }
    void set(p4_ir::VariableId variable, const p4_ir::Bits& value) override { engine_.set(variable, value); }
    [[nodiscard]] uint32_t packet_bytes() const override { return engine_.packet_bytes(); }
    [[nodiscard]] uint32_t parsed_bits() const override { return engine_.parsed_bits(); }
    std::vector<uint8_t> take_output() override { return engine_.take_output(); }

   private:
    std::shared_ptr<const p4_native::NativeProgram> native_;
    p4_native::NativeEngine engine_;
  };
  return [native](const p4_ir::Program&, p4_ir::Host& host) -> std::unique_ptr<p4_ir::Engine> {
    return std::make_unique<Engine>(native, host);
  };
}

Result<std::unique_ptr<Target>> make_target(const p4_ir::Program& program, EngineKind kind, uint64_t seed) {
  OR_ASSIGN(const EngineFactory factory, engine_factory(program, kind));
  OR_ASSIGN(auto target, make_target(program, factory, seed));
  if (kind == EngineKind::Native) {
    (void)target->prepare_bursts();  // why not, the target keeps; its packets are slow then
  }
  return target;
}

}  // namespace outrigger::p4_target
