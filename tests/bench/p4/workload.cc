// Entries and packets of the P4 benchmark: see workload.h.
#include "workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <span>
#include <unordered_set>

namespace outrigger::p4_bench {
namespace {

constexpr size_t ether_bytes = 14;
constexpr size_t checksum_at = 24;  // in an Ethernet frame with IPv4

constexpr std::array<std::string_view, 4> names{"l2", "lpm", "vxlan", "tables"};

using Random = std::mt19937_64;

uint16_t any_port(Random& random) { return static_cast<uint16_t>(random() % ports); }

std::vector<uint64_t> different(uint32_t count, uint64_t mask, Random& random) {
  std::unordered_set<uint64_t> seen;
  std::vector<uint64_t> made;
  while (made.size() < count) {
    const uint64_t one = random() & mask;
    if (seen.insert(one).second) {
      made.push_back(one);
    }
  }
  return made;
}

constexpr uint64_t mac_mask = 0xfeff'ffff'ffff;  // no groups

// As in a table of the Internet's: most are /24, a few are longer.
uint32_t any_length(Random& random) {
  const uint64_t draw = random() % 100;
  if (draw < 60) {
    return 24;
  }
  return static_cast<uint32_t>(draw < 99 ? 16 + random() % 8 : 25 + random() % 8);
}

std::vector<Route> make_routes(uint32_t count, Random& random) {
  std::unordered_set<uint64_t> seen;
  std::vector<Route> routes;
  while (routes.size() < count) {
    const uint32_t length = any_length(random);
    const uint32_t prefix = static_cast<uint32_t>(random()) & (~uint32_t{0} << (32 - length));
    if (seen.insert(uint64_t{prefix} << 8 | length).second) {
      routes.push_back({.prefix = prefix,
                        .length = length,
                        .dst_mac = random() & mac_mask,
                        .src_mac = random() & mac_mask,
                        .port = any_port(random)});
    }
  }
  return routes;
}

void put(std::span<uint8_t> into, size_t at, size_t bytes, uint64_t value) {
  for (size_t i = 0; i < bytes; ++i) {
    into[at + i] = static_cast<uint8_t>(value >> (8 * (bytes - 1 - i)));
  }
}

uint16_t checksum_of(std::span<const uint8_t> header) {
  uint32_t sum = 0;
  for (size_t i = 0; i < header.size(); i += 2) {
    sum += uint32_t{header[i]} << 8 | header[i + 1];
  }
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// An Ethernet and an IPv4 header in front of `payload` bytes.
void put_headers(std::span<uint8_t> into, uint64_t dst_mac, uint32_t dst_addr, uint32_t src_addr, uint16_t total_len) {
  put(into, 0, 6, dst_mac);
  put(into, 6, 6, 0x0200'0000'0001);
  put(into, 12, 2, 0x0800);
  put(into, 14, 2, 0x4500);
  put(into, 16, 2, total_len);
  put(into, 22, 2, 64 << 8 | 17);
  put(into, 26, 4, src_addr);
  put(into, 30, 4, dst_addr);
  put(into, checksum_at, 2, 0);
  put(into, checksum_at, 2, checksum_of(into.subspan(ether_bytes, 20)));
}

std::vector<Tunnel> make_tunnels(uint32_t count, Random& random) {
  std::vector<Tunnel> tunnels;
  for (const uint64_t mac : different(count, mac_mask, random)) {
    Tunnel& tunnel = tunnels.emplace_back();
    tunnel.mac = mac;
    tunnel.port = any_port(random);
    constexpr uint16_t inside = 20 + 8 + 8 + ether_bytes;  // IPv4, UDP, VXLAN, the inner Ethernet header
    put_headers(tunnel.outer, random() & mac_mask, static_cast<uint32_t>(random()), static_cast<uint32_t>(random()),
                inside);
    put(tunnel.outer, 34, 2, 0xc000 | (random() & 0x3fff));
    put(tunnel.outer, 36, 2, 4789);
    put(tunnel.outer, 38, 2, inside - 20);
    put(tunnel.outer, 42, 1, 8);
    put(tunnel.outer, 46, 3, random() & 0xff'ffff);
  }
  return tunnels;
}

std::vector<std::vector<Step>> make_steps(uint32_t tables, uint32_t entries, Random& random) {
  std::vector<std::vector<Step>> steps;
  std::vector<uint64_t> labels = different(entries, 0xffff'ffff, random);
  for (uint32_t i = 0; i < tables; ++i) {
    std::vector<uint64_t> next = different(entries, 0xffff'ffff, random);
    auto& table = steps.emplace_back();
    for (uint32_t k = 0; k < entries; ++k) {
      table.push_back({.label = static_cast<uint32_t>(labels[k]), .next = static_cast<uint32_t>(next[k])});
    }
    std::ranges::shuffle(next, random);
    labels = std::move(next);
  }
  return steps;
}

uint64_t any_destination(const Workload& workload, Random& random) {
  const uint64_t entry = random() % workload.entries;
  switch (workload.program) {
    case Program::L2: return workload.addresses[entry].mac;
    case Program::Lpm: return 0x0200'0000'0002;
    case Program::Vxlan: return workload.tunnels[entry].mac;
    case Program::Tables: return workload.steps[0][entry].label;
  }
  return 0;
}

}  // namespace

std::optional<Program> program_named(std::string_view name) {
  const auto* const found = std::ranges::find(names, name);
  return found == names.end() ? std::nullopt : std::optional(static_cast<Program>(found - names.begin()));
}

std::string_view name_of(Program program) { return names[static_cast<size_t>(program)]; }

Workload make_workload(Program program, uint32_t entries, uint32_t tables) {
  Random random(entries + tables);
  Workload workload;
  workload.program = program;
  workload.entries = entries;
  workload.tables = tables;
  switch (program) {
    case Program::L2:
      for (const uint64_t mac : different(entries, mac_mask, random)) {
        workload.addresses.push_back({.mac = mac, .port = any_port(random)});
      }
      break;
    case Program::Lpm: workload.routes = make_routes(entries, random); break;
    case Program::Vxlan: workload.tunnels = make_tunnels(entries, random); break;
    case Program::Tables: workload.steps = make_steps(tables, entries, random); break;
  }
  return workload;
}

Packets::Packets(const Workload& workload)
    : workload_(workload), memory_(size_t{packets_count} * packet_stride), descriptors_(packets_count) {}

void Packets::restore(uint64_t seed) {
  Random random(seed);
  for (uint32_t i = 0; i < packets_count; ++i) {
    uint32_t address = static_cast<uint32_t>(random());
    if (workload_.program == Program::Lpm) {
      const Route& route = workload_.routes[random() % workload_.entries];
      const uint64_t host = (uint64_t{1} << (32 - route.length)) - 1;
      address = route.prefix | static_cast<uint32_t>(random() & host);
    }
    const std::span<uint8_t> packet(buffer(i) + headroom, packet_bytes);
    std::ranges::fill(packet, uint8_t{0});
    put_headers(packet, any_destination(workload_, random), address, static_cast<uint32_t>(random()),
                packet_bytes - ether_bytes);
    arrive(i);
  }
}

std::vector<std::string> Packets::sent() {
  std::vector<std::string> all;
  for (const p4_native::BurstPacket& packet : descriptors_) {
    if (packet.verdict != p4_native::Verdict::Forward) {
      all.push_back(packet.verdict == p4_native::Verdict::Drop ? "dropped" : "not handled");
      continue;
    }
    const bool has_checksum = workload_.program == Program::Lpm || workload_.program == Program::Vxlan;
    if (has_checksum && packet.data[checksum_at] == 0xff && packet.data[checksum_at + 1] == 0xff) {
      put({packet.data, packet.bytes}, checksum_at, 2, 0);
    }
    std::string& text = all.emplace_back(fmt::format("port {}:", packet.port));
    for (const uint8_t byte : std::span(packet.data, packet.bytes)) {
      text += fmt::format(" {:02x}", byte);
    }
  }
  return all;
}

}  // namespace outrigger::p4_bench
