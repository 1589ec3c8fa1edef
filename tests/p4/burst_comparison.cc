// BurstComparison: see burst_comparison.h.
#include "burst_comparison.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace outrigger {

using p4_target::BurstPacket;
using p4_target::Target;

namespace {

constexpr uint32_t headroom_max = 256;
constexpr uint64_t cells_compared_max = 4096;  // of one array
constexpr uint64_t ns_between_bursts = 20'000;

}  // namespace

BurstComparison::BurstComparison(Target& one_by_one, Target& in_bursts, uint64_t seed, uint32_t bursts)
    : one_by_one_(one_by_one), in_bursts_(in_bursts), a_(one_by_one), b_(in_bursts), random_(seed), bursts_(bursts) {}

BurstComparisonCounts BurstComparison::counts() const {
  const p4_target::BurstStatistics& counted = in_bursts_.burst_statistics();
  const uint64_t fast = counted.forwarded + counted.dropped;
  return {.packets = fast + counted.slow, .fast = fast};
}

Result<> BurstComparison::send(uint32_t port, std::span<const uint8_t> packet) {
  waiting_.push_back({.port = port, .bytes = {packet.begin(), packet.end()}});
  known_.push_back(waiting_.back());
  return {};
}

Result<> BurstComparison::wait() {
  if (waiting_.empty()) {
    return {};
  }
  run_burst(std::exchange(waiting_, {}));
  for (uint32_t i = 0; i < bursts_; ++i) {
    std::vector<Packet> packets;
    for (uint64_t left = 1 + random_() % 100; left > 0; --left) {  // more than fit into one burst, too
      packets.push_back(mutated());
    }
    run_burst(packets);
  }
  compare_state();
  return {};
}

// A packet of the script with some bytes changed, or cut, or longer, or from elsewhere.
BurstComparison::Packet BurstComparison::mutated() {
  Packet packet = known_[random_() % known_.size()];
  for (uint64_t changes = random_() % 4; changes > 0 && !packet.bytes.empty(); --changes) {
    packet.bytes[random_() % packet.bytes.size()] = static_cast<uint8_t>(random_());
  }
  if (random_() % 8 == 0) {
    packet.bytes.resize(random_() % (packet.bytes.size() + 20));
  }
  if (random_() % 8 == 0) {
    packet.port = random_() % 16;
  }
  return packet;
}

void BurstComparison::run_burst(const std::vector<Packet>& packets) {
  if (!difference_.empty()) {
    return;
  }
  now_ns_ += ns_between_bursts;
  const std::vector<Sent> a = run_one_by_one(packets);
  const std::vector<Sent> b = run_together(packets);
  compare(a, b);
}

std::vector<BurstComparison::Sent> BurstComparison::run_one_by_one(const std::vector<Packet>& packets) {
  std::vector<Sent> sent;
  for (uint32_t i = 0; i < packets.size(); ++i) {
    one_by_one_.receive(packets[i].port, packets[i].bytes, now_ns_);
    for (p4_target::Output& output : one_by_one_.take_outputs()) {
      sent.push_back({.packet = i, .port = output.port, .bytes = std::move(output.bytes)});
    }
  }
  return sent;
}

std::vector<BurstComparison::Sent> BurstComparison::run_together(const std::vector<Packet>& packets) {
  std::vector<std::vector<uint8_t>> memory;
  std::vector<BurstPacket> burst;
  for (const Packet& packet : packets) {
    const uint32_t headroom = random_() % 8 == 0 ? static_cast<uint32_t>(random_() % 20) : headroom_max;
    std::vector<uint8_t>& bytes = memory.emplace_back(headroom);
    bytes.insert(bytes.end(), packet.bytes.begin(), packet.bytes.end());
    burst.push_back({.data = bytes.data() + headroom,
                     .bytes = static_cast<uint32_t>(packet.bytes.size()),
                     .headroom = headroom,
                     .port = packet.port});
  }
  std::vector<Sent> sent;
  for (const p4_target::BurstOutput& output : in_bursts_.receive_burst(burst, now_ns_)) {
    sent.push_back({.packet = output.packet, .port = output.port, .bytes = {output.bytes.begin(), output.bytes.end()}});
  }
  for (size_t i = 0; i < packets.size(); ++i) {
    const std::vector<uint8_t> after(burst[i].data, burst[i].data + burst[i].bytes);
    if (burst[i].verdict == p4_target::Verdict::Slow && after != packets[i].bytes) {
      differs(fmt::format("packet {} was slow, and was changed", i));
    }
  }
  return sent;
}

void BurstComparison::differs(std::string what) {
  if (difference_.empty()) {
    difference_ = std::move(what);
  }
}

void BurstComparison::compare(const std::vector<Sent>& a, const std::vector<Sent>& b) {
  const auto text = [](const std::vector<Sent>& all, size_t i) {
    return i >= all.size() ? std::string("nothing more")
                           : fmt::format("of packet {} to port {}: {:02x}", all[i].packet, all[i].port,
                                         fmt::join(all[i].bytes, ""));
  };
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i >= a.size() || i >= b.size() || !(a[i] == b[i])) {
      return differs(fmt::format("output {}: one by one {}; in bursts {}", i, text(a, i), text(b, i)));
    }
  }
}

void BurstComparison::compare_state() {
  const p4_ir::Program& program = one_by_one_.program();
  for (uint32_t i = 0; i < program.externs.size(); ++i) {
    const auto id = static_cast<p4_ir::ExternId>(i);
    if (auto* cells = one_by_one_.arrays().counter(id)) {
      for (uint64_t cell = 0; cell < std::min(cells->size(), cells_compared_max); ++cell) {
        const auto a = *cells->read(cell);
        const auto b = *in_bursts_.arrays().counter(id)->read(cell);
        if (a.packets != b.packets || a.bytes != b.bytes) {
          differs(fmt::format("{}[{}]: one by one {} packets, {} bytes; in bursts {} packets, {} bytes",
                              program.externs[i].name, cell, a.packets, a.bytes, b.packets, b.bytes));
        }
      }
    }
    if (auto* cells = one_by_one_.arrays().register_array(id)) {
      std::vector<uint8_t> a(cells->width_bytes());
      std::vector<uint8_t> b(cells->width_bytes());
      for (uint64_t cell = 0; cell < std::min(cells->size(), cells_compared_max); ++cell) {
        cells->read_bytes(cell, a);
        in_bursts_.arrays().register_array(id)->read_bytes(cell, b);
        if (a != b) {
          differs(fmt::format("{}[{}]: one by one {:02x}; in bursts {:02x}", program.externs[i].name, cell,
                              fmt::join(a, ""), fmt::join(b, "")));
        }
      }
    }
  }
  if (one_by_one_.log().lines() != in_bursts_.log().lines() ||
      one_by_one_.failed_assertions() != in_bursts_.failed_assertions()) {
    differs("the logs differ");
  }
  compare_digests();
}

void BurstComparison::compare_digests() {
  for (const std::string& type : one_by_one_.digest_types()) {
    pipeline::DigestMessage a;
    pipeline::DigestMessage b;
    for (bool is_more = true; is_more;) {
      is_more = one_by_one_.digests(type)->pop(a);
      if (in_bursts_.digests(type)->pop(b) != is_more || (is_more && a != b)) {
        return differs(fmt::format("digests of {} differ", type));
      }
    }
  }
}

}  // namespace outrigger
