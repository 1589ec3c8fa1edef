// Prints what bursts cost on this machine: an L2 switch with 64 k addresses and a router with 10 k routes, 64-byte
// packets in memory, and how long they take to compile. One core; the least of several rounds.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <random>

#include "base/check.h"
#include "p4_native/burst_engine.h"
#include "p4_native/forwarding_program.h"
#include "pipeline/table.h"

namespace outrigger::p4_native {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t packet_bytes = 64;
constexpr uint32_t packet_stride = 256;
constexpr uint32_t packets = 4096;
constexpr uint32_t rounds = 200;

uint64_t cycles() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return static_cast<uint64_t>(Clock::now().time_since_epoch().count());
#endif
}

struct Set {
  ForwardingProgram program;
  pipeline::Quiescence quiescence;
  std::unique_ptr<pipeline::Table> table;
  std::unique_ptr<BurstProgram> compiled;
  std::unique_ptr<BurstEngine> engine;
};

void prepare(Set& set, const char* name, pipeline::KeyField key, std::vector<uint32_t> data_bytes, uint64_t size) {
  pipeline::TableShape shape;
  shape.name = name;
  shape.key = {key};
  shape.action_data_bytes = std::move(data_bytes);
  shape.size = size;
  set.table = std::move(*pipeline::Table::make(shape, {.action = 1}, set.quiescence));
  const auto before = Clock::now();
  set.compiled = std::move(*BurstProgram::compile(*set.program.program, set.program.shape, {}));
  const auto took = std::chrono::duration<double, std::milli>(Clock::now() - before).count();
  const pipeline::TableAbi* abi = &set.table->abi();
  set.engine = std::move(*BurstEngine::make(*set.compiled, {.tables = {abi}}));
  fmt::print("{}: compiled in {:.1f} ms, {} bytes a packet's coroutine\n", name, took, set.engine->frame_bytes());
}

void insert(Set& set, std::span<const uint8_t> value, std::span<const uint8_t> mask, std::span<const uint8_t> data) {
  (void)set.table->insert({.value = value, .bound = mask, .action = {.action = 0, .data = data}});
}

void measure(Set& set, const char* name, std::vector<uint8_t>& memory) {
  const std::vector<uint8_t> original = memory;
  double least = 1e9;
  double least_ns = 1e9;
  uint32_t forwarded = 0;
  std::vector<BurstPacket> burst(pipeline::burst_packets_max);
  for (uint32_t round = 0; round < rounds; ++round) {
    if (round % 20 == 0) {
      memory = original;  // before TTLs run out
    }
    forwarded = 0;
    const auto begin_time = Clock::now();
    const uint64_t begin = cycles();
    for (uint32_t at = 0; at < packets; at += pipeline::burst_packets_max) {
      for (uint32_t i = 0; i < burst.size(); ++i) {
        uint8_t* const data = memory.data() + size_t{at + i} * packet_stride + 128;
        burst[i] = {.data = data, .bytes = packet_bytes, .headroom = 128, .port = 1};
      }
      check(set.engine->run(burst) == burst.size(), "a program without registers takes whole bursts");
      for (const BurstPacket& packet : burst) {
        forwarded += packet.verdict == Verdict::Forward ? 1 : 0;
      }
    }
    least = std::min(least, static_cast<double>(cycles() - begin) / packets);
    least_ns =
        std::min(least_ns, std::chrono::duration<double, std::nano>(Clock::now() - begin_time).count() / packets);
  }
  fmt::print("{}: {:.1f} cycles, {:.1f} ns a packet, {:.1f} M packets/s; {} of {} forwarded\n", name, least, least_ns,
             1e3 / least_ns, forwarded, packets);
}

void bench_l2() {
  Set set;
  set.program = l2_program();
  constexpr uint32_t addresses = 65536;
  prepare(set, "l2", {.name = "dst", .kind = pipeline::MatchKind::Exact, .width_bits = 48}, {2, 0}, addresses);
  std::mt19937_64 random(1);
  std::vector<std::array<uint8_t, 6>> known(addresses);
  for (auto& address : known) {
    const uint64_t bits = random();
    std::memcpy(address.data(), &bits, address.size());
    const uint8_t data[] = {0, static_cast<uint8_t>(random() & 127)};
    insert(set, address, {}, data);
  }
  std::vector<uint8_t> memory(size_t{packets} * packet_stride);
  for (uint32_t i = 0; i < packets; ++i) {
    std::memcpy(memory.data() + size_t{i} * packet_stride + 128, known[random() % addresses].data(), 6);
  }
  measure(set, "l2, 64 k addresses", memory);
}

void bench_router() {
  Set set;
  set.program = router_program();
  constexpr uint32_t routes = 10000;
  prepare(set, "router", {.name = "dst", .kind = pipeline::MatchKind::Lpm, .width_bits = 32}, {14, 0}, routes);
  std::mt19937_64 random(2);
  std::vector<uint32_t> known;
  for (uint32_t i = 0; i < routes; ++i) {
    const uint32_t length = 16 + static_cast<uint32_t>(random() % 9);
    const uint32_t mask = ~uint32_t{0} << (32 - length);
    known.push_back(static_cast<uint32_t>(random()) & mask);
    const uint32_t value_bytes = __builtin_bswap32(known.back());
    const uint32_t mask_bytes = __builtin_bswap32(mask);
    const uint8_t data[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0, static_cast<uint8_t>(i & 127)};
    insert(set, {reinterpret_cast<const uint8_t*>(&value_bytes), 4}, {reinterpret_cast<const uint8_t*>(&mask_bytes), 4},
           data);
  }
  std::vector<uint8_t> memory(size_t{packets} * packet_stride);
  for (uint32_t i = 0; i < packets; ++i) {
    uint8_t* const packet = memory.data() + size_t{i} * packet_stride + 128;
    const uint8_t header[] = {2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 8, 0, 0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0};
    std::memcpy(packet, header, sizeof header);
    const uint32_t address = __builtin_bswap32(known[random() % routes] | static_cast<uint32_t>(random() & 255));
    std::memcpy(packet + 30, &address, 4);
  }
  measure(set, "router, 10 k routes", memory);
}

}  // namespace
}  // namespace outrigger::p4_native

int main() {
  outrigger::p4_native::bench_l2();
  outrigger::p4_native::bench_router();
}
