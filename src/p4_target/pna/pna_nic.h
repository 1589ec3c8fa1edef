// pna_nic.h: the Portable NIC Architecture: main parser, pre control, main control, main deparser; then a port, or the
// main parser once more (PNA 0.7). There is no engine for IPsec: nothing is decrypted.
#pragma once

#include <deque>

#include "p4_target/pna/learned_entries.h"
#include "p4_target/portable/portable_target.h"

namespace outrigger::p4_target {

class PnaNic final : public PortableTarget {
 public:
  static Result<std::unique_ptr<Target>> make(const p4_ir::Program& program, const EngineFactory& engine,
                                              uint64_t seed);
  void receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) override;
  // `port_direction`, as DPDK's `direction`: a cell for each port, 0: it is of the network (NET_TO_HOST), 1: of the
  // host. Ports beyond it are of the network.
  std::vector<DeviceRegister> device_registers() override;
  [[nodiscard]] LearnedEntries& learned_entries() noexcept { return *learned_; }

 private:
  struct Arrival {
    std::vector<uint8_t> bytes;
    uint32_t port = 0;
    uint32_t pass = 0;
    uint64_t direction = 0;  // PNA_Direction_t's number
  };

  using PortableTarget::PortableTarget;
  Result<> find_blocks();
  void run_pass(const Arrival& arrival);
  void begin_pass(const Arrival& arrival);
  void after_main(const Arrival& arrival);
  [[nodiscard]] std::vector<ExternMethod> extern_methods();
  void add_forwarding_externs(std::vector<ExternMethod>& methods);
  void add_entry_externs(std::vector<ExternMethod>& methods);
  void add_entry(const p4_ir::CallExtern& call, p4_ir::ExternValues& values, bool has_condition);
  [[nodiscard]] std::optional<p4_native::BurstShape> burst_shape() const override;
  void begin_burst(uint64_t now_ns) override { learned_->remove_expired(now_ns); }
  void looked_up(p4_ir::TableId table, std::span<const p4_ir::Bits> keys, const Lookup& result) override;
  void send_mirrored(uint32_t session, const std::vector<uint8_t>& bytes);
  [[nodiscard]] uint64_t direction_of(uint32_t port) const;

  const p4_ir::Block* parser_ = nullptr;
  const p4_ir::Block* pre_ = nullptr;  // null: the architecture's variant has none
  const p4_ir::Block* control_ = nullptr;
  const p4_ir::Block* deparser_ = nullptr;
  std::unique_ptr<LearnedEntries> learned_;
  std::unique_ptr<pipeline::RegisterArray> port_directions_;
  uint64_t to_host_ = 0;  // PNA_Direction_t's numbers
  uint64_t to_net_ = 0;
  uint64_t next_flow_ = 0;
  std::deque<Arrival> waiting_;
  // What the main control asked for; a packet that it sends nowhere is dropped.
  std::optional<uint32_t> sent_to_;
  bool is_recirculated_ = false;
  std::map<uint64_t, uint32_t> mirrors_;  // sessions by slot
};

}  // namespace outrigger::p4_target
