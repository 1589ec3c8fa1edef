// psa_switch.h: the Portable Switch Architecture: ingress parser, ingress, ingress deparser; clones, resubmission,
// multicast, drop or unicast; egress parser, egress, egress deparser; clones, drop, recirculation or out
// (PSA 1.2, "Packet Path Details"). What goes from block to block is bytes, and metadata that the deparsers give.
#pragma once

#include <deque>
#include <variant>

#include "p4_target/portable/portable_target.h"

namespace outrigger::p4_target {

class PsaSwitch final : public PortableTarget {
 public:
  static constexpr uint32_t port_recirculate = 0xfffffffa;  // PSA_PORT_RECIRCULATE

  static Result<std::unique_ptr<Target>> make(const p4_ir::Program& program, const EngineFactory& engine,
                                              uint64_t seed);
  void receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) override;

 private:
  // The names of PSA_PacketPath_t's members are in the program; these are their places.
  enum class Path : uint8_t { Normal, NormalUnicast, NormalMulticast, CloneI2e, CloneE2e, Resubmit, Recirculate };

  // A packet before a parser. `metadata` is what the path's metadata parameter gets: nothing for Normal.
  struct Arrival {
    std::vector<uint8_t> bytes;
    uint32_t port = 0;
    Path path = Path::Normal;
    Values metadata;
  };
  struct Departure {
    std::shared_ptr<const std::vector<uint8_t>> bytes;
    uint32_t port = 0;
    uint32_t instance = 0;
    uint64_t class_of_service = 0;
    Path path = Path::NormalUnicast;
    std::shared_ptr<const Values> metadata;
  };
  struct Blocks {
    const p4_ir::Block* parser = nullptr;
    const p4_ir::Block* control = nullptr;
    const p4_ir::Block* deparser = nullptr;
  };

  using PortableTarget::PortableTarget;
  Result<> find_blocks();

  // ---- psa_switch.cc
  void drain(uint32_t runs);
  void run_ingress(const Arrival& arrival);
  void after_ingress(const Arrival& arrival);
  void run_egress(const Departure& departure);
  void after_egress(const Departure& departure);
  void send_clones(uint64_t session, const std::vector<uint8_t>& bytes, Path path, const Values& metadata);
  void enqueue(Departure departure);
  [[nodiscard]] uint64_t number_of(Path path) const;

  // ---- psa_bursts.cc
  [[nodiscard]] std::optional<p4_native::BurstShape> burst_shape() const override;
  void add_burst_egress_inputs(p4_native::BurstStep& step) const;
  void receive_again(const BurstPacket& packet, std::vector<p4_ir::Bits> metadata, uint64_t now_ns) override;

  // ---- psa_externs.cc
  [[nodiscard]] std::vector<ExternMethod> extern_methods();
  void add_path_externs(std::vector<ExternMethod>& methods);

  Blocks ingress_;
  Blocks egress_;
  std::vector<uint64_t> paths_;  // PSA_PacketPath_t's numbers, by Path
  std::deque<std::variant<Arrival, Departure>> waiting_;
};

}  // namespace outrigger::p4_target
