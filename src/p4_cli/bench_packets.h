// bench_packets.h: the packets of `outrigger p4 bench`: in memory, each with room in front, and made anew before each
// time that they are run, since programs rewrite them.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "p4_cli/replay.h"
#include "p4_target/target.h"

namespace outrigger::p4_cli {

class BenchPackets {
 public:
  // From captures, one after the other, up to bench_packets_max and bench_bytes_max (run_limits.h). `port`: of packets
  // of captures without a port, when there is one.
  static Result<BenchPackets> read(std::vector<ReplayInput> inputs);
  // Ethernet, IPv4 and UDP of 64 bytes with random addresses, the same ones every time.
  static BenchPackets make();

  [[nodiscard]] size_t count() const noexcept { return places_.size(); }
  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_; }
  // What the captures have beyond that was left out.
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }
  // As they came; until the next call.
  std::span<p4_target::BurstPacket> restored();

 private:
  struct Place {
    size_t offset = 0;
    uint32_t bytes = 0;
    uint32_t port = 0;
  };
  BenchPackets() = default;
  bool add(std::span<const uint8_t> packet, uint32_t port);

  std::vector<uint8_t> original_;
  std::vector<uint8_t> memory_;
  std::vector<Place> places_;
  std::vector<p4_target::BurstPacket> packets_;
  uint64_t bytes_ = 0;
  bool is_cut_ = false;
};

}  // namespace outrigger::p4_cli
