// packet_filter.h: the models of packet filters in a kernel or beside it: ebpfFilter (a parser and a filter that
// accepts or does not), xdp and ubpf (parser, control, deparser, and an action that the control chooses). One packet
// in, at most one out: by the port that it came from, unless it is redirected.
#pragma once

#include "p4_target/portable/portable_target.h"

namespace outrigger::p4_target {

class PacketFilter final : public PortableTarget {
 public:
  // ebpfFilter, xdp or ubpf.
  static bool is_one(std::string_view architecture);
  static Result<std::unique_ptr<Target>> make(const p4_ir::Program& program, const EngineFactory& engine,
                                              uint64_t seed);
  void receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) override;

 private:
  enum class Model : uint8_t { Ebpf, Xdp, Ubpf };
  // What the program wants done with the packet.
  enum class Action : uint8_t { Drop, Pass, Redirect };
  enum UbpfAction : uint8_t { UbpfDrop, UbpfPass, UbpfRedirect };  // places in ubpf_actions_
  struct Decision {
    Action action = Action::Drop;
    uint32_t port = 0;  // of Redirect
  };

  using PortableTarget::PortableTarget;
  Result<> find_blocks();
  void find_numbers();
  void begin_packet(uint32_t port, std::span<const uint8_t> packet);
  [[nodiscard]] Decision decision(uint32_t port) const;
  [[nodiscard]] Decision xdp_decision(uint32_t port) const;
  [[nodiscard]] Decision ubpf_decision() const;
  void send(const Decision& decision, uint32_t port, std::span<const uint8_t> packet);
  [[nodiscard]] bool has_standard_metadata() const;
  void set_ubpf_action(UbpfAction action);

  // ---- filter_externs.cc
  [[nodiscard]] std::vector<ExternMethod> extern_methods();
  void add_counter_externs(std::vector<ExternMethod>& methods);
  void add_packet_externs(std::vector<ExternMethod>& methods);

  Model model_ = Model::Ebpf;
  const p4_ir::Block* parser_ = nullptr;
  const p4_ir::Block* control_ = nullptr;
  const p4_ir::Block* deparser_ = nullptr;  // null: an ebpfFilter has none
  std::vector<uint64_t> xdp_actions_;       // numbers of XDP_PASS, XDP_TX, XDP_REDIRECT
  std::vector<uint64_t> ubpf_actions_;      // numbers of DROP, PASS, REDIRECT
  // Of the packet at hand:
  std::optional<Action> marked_;  // by mark_to_drop or mark_to_pass, where there is no standard metadata
  std::optional<uint32_t> truncated_bytes_;
};

}  // namespace outrigger::p4_target
