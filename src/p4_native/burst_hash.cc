// BurstHash: see burst_hash.h.
#include "p4_native/burst_hash.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/hash_functions.h"

namespace outrigger::p4_native {
namespace {

// Not the custom CRCs, whose parameters the control plane may change (p4_target::Hasher). JHASH is DPDK's, of which no
// program can rely on anything.
constexpr std::array<std::pair<std::string_view, BurstHash>, 14> names = {{
    {"crc32", BurstHash::Crc32},
    {"crc16", BurstHash::Crc16},
    {"identity", BurstHash::Identity},
    {"csum16", BurstHash::Csum16},
    {"xor16", BurstHash::Xor16},
    {"IDENTITY", BurstHash::Identity},
    {"CRC32", BurstHash::Crc32},
    {"CRC16", BurstHash::Crc16},
    {"ONES_COMPLEMENT16", BurstHash::Csum16},
    {"TARGET_DEFAULT", BurstHash::Crc32},
    {"CRC32C", BurstHash::Crc32c},
    {"CRC16_CCITT", BurstHash::Crc16Ccitt},
    {"XOR16", BurstHash::Xor16},
    {"JHASH", BurstHash::Crc32},
}};

}  // namespace

BurstHash find_burst_hash(std::string_view member) {
  const auto* const found =
      std::find_if(names.begin(), names.end(), [&](const auto& known) { return known.first == member; });
  return found == names.end() ? BurstHash::None : found->second;
}

uint64_t compute_burst_hash(BurstHash hash, std::span<const uint8_t> bytes) noexcept {
  switch (hash) {
    case BurstHash::None: break;
    case BurstHash::Crc32: return pipeline::crc32(bytes);
    case BurstHash::Crc16: return pipeline::crc16(bytes);
    case BurstHash::Identity: return pipeline::identity(bytes);
    case BurstHash::Csum16: return pipeline::csum16(bytes);
    case BurstHash::Xor16: return pipeline::xor16(bytes);
    case BurstHash::Crc32c: return pipeline::crc32c(bytes);
    case BurstHash::Crc16Ccitt: return pipeline::crc16_ccitt(bytes);
  }
  return 0;
}

uint16_t checksum_with_payload(uint8_t* bytes, uint64_t size, std::span<const uint8_t> payload) noexcept {
  if (size % 2 != 0 && !payload.empty()) {  // the last byte makes a word with the payload's first
    bytes[size++] = payload.front();
    payload = payload.subspan(1);
  }
  pipeline::OnesComplementSum sum;
  sum.add({bytes, size});
  sum.add(payload);
  return sum.checksum();
}

uint16_t sum_after(uint16_t state, std::span<const uint8_t> bytes, bool subtracts) noexcept {
  pipeline::OnesComplementSum sum(state);
  subtracts ? sum.subtract(bytes) : sum.add(bytes);
  return sum.state();
}

}  // namespace outrigger::p4_native
