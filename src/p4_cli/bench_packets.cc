// bench_packets.cc: captures and made-up packets in memory.
#include "p4_cli/bench_packets.h"

#include <algorithm>
#include <array>

#include "core/random.h"
#include "p4_cli/run_limits.h"

namespace outrigger::p4_cli {
namespace {

constexpr size_t headroom = 128;  // for headers that a program adds
constexpr size_t line = 64;       // packets begin where a cache line does, as a network card puts them

}  // namespace

bool BenchPackets::add(std::span<const uint8_t> packet, uint32_t port) {
  const size_t offset = original_.size() + headroom;
  const size_t end = (offset + packet.size() + line - 1) / line * line;
  if (places_.size() == bench_packets_max || end > bench_bytes_max) {
    is_cut_ = true;
    return false;
  }
  original_.resize(end);
  std::ranges::copy(packet, original_.begin() + static_cast<ptrdiff_t>(offset));
  places_.push_back({.offset = offset, .bytes = static_cast<uint32_t>(packet.size()), .port = port});
  bytes_ += packet.size();
  return true;
}

Result<BenchPackets> BenchPackets::read(std::vector<ReplayInput> inputs) {
  BenchPackets made;
  for (ReplayInput& input : inputs) {
    for (bool has_more = true; has_more;) {
      OR_ASSIGN(const std::optional<CapturedPacket> packet, input.reader->next());
      has_more = packet.has_value() && made.add(packet->bytes, input.port.value_or(packet->interface));
    }
  }
  if (made.places_.empty()) {
    return fail(Code::InvalidArgument, "the captures have no packets");
  }
  return made;
}

BenchPackets BenchPackets::make() {
  constexpr size_t count = 4096;
  constexpr size_t packet_bytes = 64;
  // Version, length 50, TTL 64, UDP; then ports and UDP's length.
  constexpr std::array<uint8_t, 12> ipv4{0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0};
  BenchPackets made;
  core::Random random(1);
  std::array<uint8_t, packet_bytes> packet{};
  for (size_t i = 0; i < count; ++i) {
    for (uint8_t& byte : packet) {
      byte = static_cast<uint8_t>(random.next());
    }
    packet[0] &= 0xfe;  // to one station, from one
    packet[6] &= 0xfe;
    packet[12] = 0x08;
    packet[13] = 0x00;
    std::ranges::copy(ipv4, packet.begin() + 14);
    uint32_t sum = 0;
    for (size_t at = 14; at < 34; at += 2) {
      sum += uint32_t{packet.at(at)} << 8 | packet.at(at + 1);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    packet[24] = static_cast<uint8_t>(sum >> 8);
    packet[25] = static_cast<uint8_t>(sum);
    packet[38] = 0;
    packet[39] = 30;
    packet[40] = packet[41] = 0;  // UDP without a checksum
    made.add(packet, 0);
  }
  return made;
}

std::span<p4_target::BurstPacket> BenchPackets::restored() {
  memory_ = original_;  // the same memory every time
  packets_.clear();
  for (const Place& place : places_) {
    packets_.push_back(
        {.data = memory_.data() + place.offset, .bytes = place.bytes, .headroom = headroom, .port = place.port});
  }
  return packets_;
}

}  // namespace outrigger::p4_cli
