// pna_nic.h: the Portable NIC Architecture: main parser, pre control, main control, main deparser; then a port, or the
// main parser once more (PNA 0.7). All ports are of the network. There is no engine for IPsec: nothing is decrypted.
#pragma once

#include <deque>

#include "p4_target/portable/portable_target.h"

namespace outrigger::p4_target {

class PnaNic final : public PortableTarget {
 public:
  static Result<std::unique_ptr<Target>> make(const p4_ir::Program& program, const EngineFactory& engine,
                                              uint64_t seed);
  void receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) override;

 private:
  struct Arrival {
    std::vector<uint8_t> bytes;
    uint32_t port = 0;
    uint32_t pass = 0;
  };

  using PortableTarget::PortableTarget;
  Result<> find_blocks();
  void run_pass(const Arrival& arrival);
  void begin_pass(const Arrival& arrival);
  void after_main(const Arrival& arrival);
  [[nodiscard]] std::vector<ExternMethod> extern_methods();
  void add_forwarding_externs(std::vector<ExternMethod>& methods);

  const p4_ir::Block* parser_ = nullptr;
  const p4_ir::Block* pre_ = nullptr;  // null: the architecture's variant has none
  const p4_ir::Block* control_ = nullptr;
  const p4_ir::Block* deparser_ = nullptr;
  uint64_t to_host_ = 0;  // PNA_Direction_t's numbers
  uint64_t next_flow_ = 0;
  std::deque<Arrival> waiting_;
  // What the main control asked for; a packet that it sends nowhere is dropped.
  std::optional<uint32_t> sent_to_;
  bool is_recirculated_ = false;
  std::map<uint64_t, uint32_t> mirrors_;  // sessions by slot
};

}  // namespace outrigger::p4_target
