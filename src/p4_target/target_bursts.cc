// target_bursts.cc: packets in bursts: the fast ones by BurstPath, the others by the engine in their turn.
#include <algorithm>

#include "p4_target/burst_path.h"
#include "p4_target/target.h"

namespace outrigger::p4_target {

Target::Target(const p4_ir::Program& program, uint64_t seed)
    : program_(program), random_(seed), seed_(seed), value_sets_(program) {}

Target::~Target() = default;

std::optional<p4_native::BurstShape> Target::burst_shape() const { return std::nullopt; }

Result<> Target::prepare_bursts() {
  const auto shape = burst_shape();
  Result<std::unique_ptr<BurstPath>> made =
      shape.has_value() ? BurstPath::make(program_, *shape, *tables_, *arrays_, port_cells_, seed_)
                        : fail(Code::Unimplemented, "{} does not run in bursts", program_.architecture);
  if (!made.has_value()) {
    why_no_bursts_ = made.error().what;
    return std::unexpected(std::move(made).error());
  }
  bursts_ = std::move(*made);
  why_no_bursts_.clear();
  return {};
}

bool Target::reads_time() const {
  const auto shape = burst_shape();
  return !shape.has_value() || p4_target::reads_time(program_, *shape);
}

std::span<const BurstOutput> Target::receive_burst(std::span<BurstPacket> packets, uint64_t now_ns) {
  burst_outputs_.clear();
  slow_outputs_.clear();
  now_ns_ = now_ns;
  begin_burst(now_ns);
  for (size_t first = 0; first < packets.size();) {
    first += run_burst(packets.subspan(first), static_cast<uint32_t>(first), now_ns);
  }
  return burst_outputs_;
}

// How many packets are done, at least one.
size_t Target::run_burst(std::span<BurstPacket> packets, uint32_t number, uint64_t now_ns) {
  const auto is_slow = [](const BurstPacket& packet) { return packet.bytes > packet_bytes_max; };
  if (bursts_ == nullptr || is_slow(packets.front())) {
    receive_slowly(packets.front(), number, now_ns);
    return 1;
  }
  const auto most = packets.first(std::min<size_t>(packets.size(), pipeline::burst_packets_max));
  const auto together = static_cast<size_t>(std::ranges::find_if(most, is_slow) - most.begin());
  const size_t done = bursts_->run(packets.first(together), now_ns);
  ++burst_statistics_.bursts;
  for (size_t i = 0; i < done; ++i, ++number) {
    switch (packets[i].verdict) {
      case Verdict::Forward: take_fast(packets[i], number); break;
      case Verdict::Drop: ++burst_statistics_.dropped; break;
      case Verdict::Slow: receive_slowly(packets[i], number, now_ns); break;
      case Verdict::Again:
        run_slowly(number, [&] { receive_again(packets[i], bursts_->again_values(), now_ns); });
        break;
    }
  }
  return done;
}

void Target::take_fast(const BurstPacket& packet, uint32_t number) {
  if (packet.bytes > packet_bytes_max) {
    ++burst_statistics_.dropped;
    log_.begin_packet(number);
    log_.add("a packet was dropped: it has become too long");
    return;
  }
  ++burst_statistics_.forwarded;
  burst_outputs_.push_back({.packet = number, .port = packet.port, .bytes = {packet.data, packet.bytes}});
}

void Target::receive_slowly(BurstPacket& packet, uint32_t number, uint64_t now_ns) {
  packet.verdict = Verdict::Slow;
  run_slowly(number, [&] { receive(packet.port, {packet.data, packet.bytes}, now_ns); });
}

void Target::run_slowly(uint32_t number, const std::function<void()>& run) {
  ++burst_statistics_.slow;
  log_.begin_packet(number);
  std::vector<Output> earlier = std::exchange(outputs_, {});  // of receive(), if nobody has taken them
  run();
  for (Output& output : outputs_) {
    burst_outputs_.push_back({.packet = number, .port = output.port, .bytes = output.bytes});
    slow_outputs_.push_back(std::move(output));  // its bytes stay where they are
  }
  outputs_ = std::move(earlier);
}

}  // namespace outrigger::p4_target
