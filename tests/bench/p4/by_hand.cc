// Loops in C++ for what the benchmark's programs do, in bursts with prefetches: a hash table with open addressing,
// DIR-24-8, headers from a template. They do no more than they must, and check nothing that cannot happen here: what a
// compiler can hope for at most.
#include <algorithm>
#include <bit>
#include <cstring>

#include "contender.h"

namespace outrigger::p4_bench {
namespace {

constexpr uint32_t burst = 64;
constexpr uint32_t ahead = 8;  // packets that are fetched while one is looked at

uint64_t load_big_endian_64(const uint8_t* from) {
  uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return __builtin_bswap64(word);
}

// A quarter full: a slot has the key, its upper bit set, and a value of 16 or 32 bits.
struct Slots {
  explicit Slots(size_t entries) {
    const size_t count = std::bit_ceil(std::max<size_t>(entries * 4, 8));
    words.resize(count);
    shift = static_cast<uint32_t>(64 - std::countr_zero(count));
  }
  [[nodiscard]] size_t place(uint64_t key) const { return (key * 0x9E37'79B9'7F4A'7C15) >> shift; }
  void insert(uint64_t key, uint64_t word) {
    size_t at = place(key);
    while (words[at] != 0) {
      at = (at + 1) & (words.size() - 1);
    }
    words[at] = word;
  }
  // The word whose upper bits are the key; 0 when there is none.
  [[nodiscard]] uint64_t find(size_t at, uint64_t key, uint32_t value_bits) const {
    while (words[at] != 0 && words[at] >> value_bits != key) {
      at = (at + 1) & (words.size() - 1);
    }
    return words[at];
  }
  std::vector<uint64_t, LargePages<uint64_t>> words;
  uint32_t shift = 0;
};

// Runs `Loop::handle` over bursts of descriptors.
template <class Loop>
class LoopContender final : public Contender {
 public:
  explicit LoopContender(const Workload& workload) : loop_(workload) {}
  void run(Packets& packets) override {
    for (uint32_t at = 0; at < packets_count; at += burst) {
      for (uint32_t i = 0; i < burst; ++i) {
        packets.arrive(at + i);
      }
      p4_native::BurstPacket* const first = &packets.descriptor(at);
      for (uint32_t i = 0; i < ahead; ++i) {
        __builtin_prefetch(first[i].data);
      }
      loop_.handle(first);
    }
  }

 private:
  Loop loop_;
};

void fetch_ahead(const p4_native::BurstPacket* packets, uint32_t i) {
  __builtin_prefetch(packets[std::min(i + ahead, burst - 1)].data);
}

struct L2Loop {
  explicit L2Loop(const Workload& workload) : slots(workload.entries) {
    for (const Address& one : workload.addresses) {
      slots.insert(one.mac, one.mac << 16 | 0x8000 | one.port);
    }
  }
  void handle(p4_native::BurstPacket* packets) {
    uint64_t keys[burst];
    size_t places[burst];
    for (uint32_t i = 0; i < burst; ++i) {
      fetch_ahead(packets, i);
      keys[i] = load_big_endian_64(packets[i].data) >> 16;
      places[i] = slots.place(keys[i]);
      __builtin_prefetch(&slots.words[places[i]]);
    }
    for (uint32_t i = 0; i < burst; ++i) {
      const uint64_t word = slots.find(places[i], keys[i], 16);
      packets[i].port = static_cast<uint32_t>(word & 0x7fff);
      packets[i].verdict = word != 0 ? p4_native::Verdict::Forward : p4_native::Verdict::Drop;
    }
  }
  Slots slots;
};

// DIR-24-8: a next hop by the upper 24 bits, or the group of 256 that the lower 8 choose from.
struct LpmLoop {
  struct alignas(16) Hop {
    uint8_t macs[12] = {};
    uint16_t port = 0;
    uint16_t is_route = 0;
  };
  static constexpr uint32_t group_bit = 1U << 31;

  explicit LpmLoop(const Workload& workload) : upper(1U << 24), hops(1) {
    std::vector<Route> routes = workload.routes;
    std::ranges::sort(routes, {}, &Route::length);
    for (const Route& route : routes) {
      Hop& hop = hops.emplace_back();
      for (uint32_t i = 0; i < 6; ++i) {
        hop.macs[i] = static_cast<uint8_t>(route.dst_mac >> (40 - 8 * i));
        hop.macs[6 + i] = static_cast<uint8_t>(route.src_mac >> (40 - 8 * i));
      }
      hop.port = route.port;
      hop.is_route = 1;
      insert(route, static_cast<uint32_t>(hops.size() - 1));
    }
  }
  void insert(const Route& route, uint32_t hop) {
    if (route.length <= 24) {
      std::fill_n(upper.begin() + (route.prefix >> 8), size_t{1} << (24 - route.length), hop);
      return;
    }
    uint32_t& reference = upper[route.prefix >> 8];
    if ((reference & group_bit) == 0) {
      groups.insert(groups.end(), 256, reference);
      reference = group_bit | static_cast<uint32_t>(groups.size() / 256 - 1);
    }
    const size_t group = size_t{reference & ~group_bit} * 256;
    std::fill_n(groups.begin() + static_cast<ptrdiff_t>(group + (route.prefix & 255)), size_t{1} << (32 - route.length),
                hop);
  }
  void handle(p4_native::BurstPacket* packets) {
    uint32_t addresses[burst];
    const Hop* found[burst];
    for (uint32_t i = 0; i < burst; ++i) {
      fetch_ahead(packets, i);
      uint32_t address = 0;
      std::memcpy(&address, packets[i].data + 30, sizeof address);
      addresses[i] = __builtin_bswap32(address);
      __builtin_prefetch(&upper[addresses[i] >> 8]);
    }
    for (uint32_t i = 0; i < burst; ++i) {
      uint32_t reference = upper[addresses[i] >> 8];
      if ((reference & group_bit) != 0) {
        reference = groups[size_t{reference & ~group_bit} * 256 + (addresses[i] & 255)];
      }
      found[i] = &hops[reference];
      __builtin_prefetch(found[i]);
    }
    for (uint32_t i = 0; i < burst; ++i) {
      forward(packets[i], *found[i]);
    }
  }
  static void forward(p4_native::BurstPacket& packet, const Hop& hop) {
    uint8_t* const data = packet.data;
    if (hop.is_route == 0 || data[22] <= 1) {
      packet.verdict = p4_native::Verdict::Drop;
      return;
    }
    std::memcpy(data, hop.macs, sizeof hop.macs);
    --data[22];
    uint16_t checksum = 0;
    std::memcpy(&checksum, data + 24, sizeof checksum);
    const uint32_t sum = uint32_t{checksum} + 1;  // the TTL is the lower byte of its word here (RFC 1141)
    checksum = static_cast<uint16_t>(sum + (sum >> 16));
    std::memcpy(data + 24, &checksum, sizeof checksum);
    packet.port = hop.port;
    packet.verdict = p4_native::Verdict::Forward;
  }
  std::vector<uint32_t, LargePages<uint32_t>> upper;
  std::vector<uint32_t, LargePages<uint32_t>> groups;
  std::vector<Hop, LargePages<Hop>> hops;
};

struct VxlanLoop {
  struct alignas(64) Template {
    uint8_t outer[outer_bytes] = {};
    uint16_t port = 0;
    uint64_t mac = 0;
  };
  explicit VxlanLoop(const Workload& workload) : slots(workload.entries) {
    for (const Tunnel& one : workload.tunnels) {
      Template& made = templates.emplace_back();
      std::ranges::copy(one.outer, made.outer);
      made.port = one.port;
      made.mac = one.mac;
      slots.insert(one.mac, (one.mac & 0xffff'ffff) << 32 | templates.size());
    }
  }
  void handle(p4_native::BurstPacket* packets) {
    uint64_t keys[burst];
    size_t places[burst];
    const Template* found[burst];
    for (uint32_t i = 0; i < burst; ++i) {
      fetch_ahead(packets, i);
      keys[i] = load_big_endian_64(packets[i].data) >> 16;
      places[i] = slots.place(keys[i]);
      __builtin_prefetch(&slots.words[places[i]]);
      __builtin_prefetch(packets[i].data - 64, 1);
    }
    for (uint32_t i = 0; i < burst; ++i) {
      // Half of the key is in the slot, the whole one in the template.
      uint64_t word = slots.find(places[i], keys[i] & 0xffff'ffff, 32);
      found[i] = word != 0 ? &templates[(word & 0xffff'ffff) - 1] : nullptr;
      __builtin_prefetch(found[i]);
    }
    for (uint32_t i = 0; i < burst; ++i) {
      encapsulate(packets[i], found[i], keys[i]);
    }
  }
  static void encapsulate(p4_native::BurstPacket& packet, const Template* with, uint64_t key) {
    if (with == nullptr || with->mac != key) {
      packet.verdict = p4_native::Verdict::Drop;
      return;
    }
    uint16_t inner_word = 0;
    std::memcpy(&inner_word, packet.data + 16, sizeof inner_word);
    const uint16_t inner = __builtin_bswap16(inner_word);
    uint8_t* const outer = packet.data - outer_bytes;
    std::memcpy(outer, with->outer, outer_bytes);
    const auto amend = [&](uint32_t at, auto change) {
      uint16_t word = 0;
      std::memcpy(&word, outer + at, sizeof word);
      word = __builtin_bswap16(change(__builtin_bswap16(word)));
      std::memcpy(outer + at, &word, sizeof word);
    };
    amend(16, [&](uint16_t length) { return static_cast<uint16_t>(length + inner); });
    amend(38, [&](uint16_t length) { return static_cast<uint16_t>(length + inner); });
    amend(24, [&](uint16_t checksum) {
      const uint32_t sum = uint32_t{checksum} + static_cast<uint16_t>(~inner);
      return static_cast<uint16_t>(sum + (sum >> 16));
    });
    packet.data = outer;
    packet.bytes += outer_bytes;
    packet.headroom -= outer_bytes;
    packet.port = with->port;
    packet.verdict = p4_native::Verdict::Forward;
  }
  Slots slots;
  std::vector<Template, LargePages<Template>> templates;
};

struct TablesLoop {
  explicit TablesLoop(const Workload& workload) {
    for (const std::vector<Step>& steps : workload.steps) {
      Slots& slots = tables.emplace_back(steps.size());
      for (const Step& one : steps) {
        slots.insert(one.label, uint64_t{one.label} << 32 | one.next);
      }
    }
  }
  void handle(p4_native::BurstPacket* packets) {
    uint64_t labels[burst];
    size_t places[burst];
    for (uint32_t i = 0; i < burst; ++i) {
      fetch_ahead(packets, i);
      labels[i] = load_big_endian_64(packets[i].data) >> 16 & 0xffff'ffff;
      places[i] = tables[0].place(labels[i]);
      __builtin_prefetch(&tables[0].words[places[i]]);
    }
    for (size_t table = 0; table < tables.size(); ++table) {
      const Slots* const next = table + 1 < tables.size() ? &tables[table + 1] : nullptr;
      for (uint32_t i = 0; i < burst; ++i) {
        labels[i] = tables[table].find(places[i], labels[i], 32) & 0xffff'ffff;
        if (next != nullptr) {
          places[i] = next->place(labels[i]);
          __builtin_prefetch(&next->words[places[i]]);
        }
      }
    }
    for (uint32_t i = 0; i < burst; ++i) {
      packets[i].port = static_cast<uint32_t>(labels[i] & 7);
      packets[i].verdict = p4_native::Verdict::Forward;
    }
  }
  std::vector<Slots> tables;
};

}  // namespace

std::unique_ptr<Contender> make_by_hand(const Workload& workload) {
  switch (workload.program) {
    case Program::L2: return std::make_unique<LoopContender<L2Loop>>(workload);
    case Program::Lpm: return std::make_unique<LoopContender<LpmLoop>>(workload);
    case Program::Vxlan: return std::make_unique<LoopContender<VxlanLoop>>(workload);
    case Program::Tables: return std::make_unique<LoopContender<TablesLoop>>(workload);
  }
  return nullptr;
}

}  // namespace outrigger::p4_bench
