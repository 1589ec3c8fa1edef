// What the contenders of the P4 benchmark all do: which program, its entries, and the packets in memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "memory.h"
#include "p4_native/burst.h"

namespace outrigger::p4_bench {

enum class Program : uint8_t {
  L2,      // one exact table of 48 bits
  Lpm,     // IPv4 routes; MACs, TTL and checksum are rewritten
  Vxlan,   // an exact table of 48 bits; 50 bytes of headers go in front
  Tables,  // exact tables of 32 bits in a row
};

[[nodiscard]] std::optional<Program> program_named(std::string_view name);
[[nodiscard]] std::string_view name_of(Program program);

constexpr uint32_t ports = 8;  // that packets leave by

struct Address {
  uint64_t mac = 0;
  uint16_t port = 0;
};

struct Route {
  uint32_t prefix = 0;
  uint32_t length = 0;
  uint64_t dst_mac = 0;
  uint64_t src_mac = 0;
  uint16_t port = 0;
};

// The outer headers as they go on the wire, without the inner packet's length in them.
constexpr uint32_t outer_bytes = 50;
struct Tunnel {
  uint64_t mac = 0;
  std::array<uint8_t, outer_bytes> outer{};
  uint16_t port = 0;
};

struct Step {
  uint32_t label = 0;
  uint32_t next = 0;
};

struct Workload {
  Program program = Program::L2;
  uint32_t entries = 0;  // of each table
  uint32_t tables = 1;   // more than 1 in Tables only
  std::vector<Address> addresses;
  std::vector<Route> routes;
  std::vector<Tunnel> tunnels;
  std::vector<std::vector<Step>> steps;  // by table
};

// Random, but the same for the same numbers.
[[nodiscard]] Workload make_workload(Program program, uint32_t entries, uint32_t tables);

constexpr uint32_t packet_bytes = 64;
// More than a core's own cache holds, less than the one that cores share: where a network card's DMA puts packets.
constexpr uint32_t packets_count = 65536;
constexpr uint32_t packet_stride = 256;
constexpr uint32_t headroom = 128;

// Packets in buffers that every contender uses.
class Packets {
 public:
  explicit Packets(const Workload& workload);

  // New packets, each for an entry of the workload at random; the same for the same seed.
  void restore(uint64_t seed);
  [[nodiscard]] uint8_t* buffer(uint32_t packet) noexcept { return memory_.data() + size_t{packet} * packet_stride; }
  // What a driver writes when a packet has come in, and a program when it leaves.
  [[nodiscard]] p4_native::BurstPacket& descriptor(uint32_t packet) noexcept { return descriptors_[packet]; }
  void arrive(uint32_t packet) noexcept {
    descriptors_[packet] = {.data = buffer(packet) + headroom, .bytes = packet_bytes, .headroom = headroom, .port = 1};
  }
  // All that left, as text with port and bytes, for comparisons. Checksums of 0xffff are 0: both are right.
  [[nodiscard]] std::vector<std::string> sent();

 private:
  const Workload& workload_;
  std::vector<uint8_t, LargePages<uint8_t>> memory_;
  std::vector<p4_native::BurstPacket, LargePages<p4_native::BurstPacket>> descriptors_;
};

}  // namespace outrigger::p4_bench
