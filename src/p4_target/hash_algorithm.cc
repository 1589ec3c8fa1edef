// hash_algorithm.cc: names of algorithms, and which function of `pipeline` each is.
#include "p4_target/hash_algorithm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/hash_functions.h"

namespace outrigger::p4_target {
namespace {

using Named = std::pair<std::string_view, HashAlgorithm>;
constexpr std::array<Named, 19> names = {{
    {"crc32", HashAlgorithm::Crc32},
    {"crc32_custom", HashAlgorithm::Crc32},
    {"crc16", HashAlgorithm::Crc16},
    {"crc16_custom", HashAlgorithm::Crc16},
    {"random", HashAlgorithm::Random},
    {"identity", HashAlgorithm::Identity},
    {"csum16", HashAlgorithm::Csum16},
    {"xor16", HashAlgorithm::Xor16},
    {"IDENTITY", HashAlgorithm::Identity},
    {"CRC32", HashAlgorithm::Crc32},
    {"CRC32_CUSTOM", HashAlgorithm::Crc32},
    {"CRC16", HashAlgorithm::Crc16},
    {"CRC16_CUSTOM", HashAlgorithm::Crc16},
    {"ONES_COMPLEMENT16", HashAlgorithm::Csum16},
    {"TARGET_DEFAULT", HashAlgorithm::Crc32},
    {"CRC32C", HashAlgorithm::Crc32c},
    {"CRC16_CCITT", HashAlgorithm::Crc16Ccitt},
    {"XOR16", HashAlgorithm::Xor16},
    {"JHASH", HashAlgorithm::Crc32},  // DPDK's; which function it is, no program can rely on
}};

}  // namespace

std::optional<HashAlgorithm> find_hash_algorithm(std::string_view member) {
  const auto* const found = std::ranges::find(names, member, &Named::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

uint64_t compute_hash(HashAlgorithm algorithm, std::span<const uint8_t> bytes, core::Random& random) {
  switch (algorithm) {
    case HashAlgorithm::Crc32: return pipeline::crc32(bytes);
    case HashAlgorithm::Crc16: return pipeline::crc16(bytes);
    case HashAlgorithm::Random: return random.next();
    case HashAlgorithm::Identity: return pipeline::identity(bytes);
    case HashAlgorithm::Csum16: return pipeline::csum16(bytes);
    case HashAlgorithm::Xor16: return pipeline::xor16(bytes);
    case HashAlgorithm::Crc32c: return pipeline::crc32c(bytes);
    case HashAlgorithm::Crc16Ccitt: return pipeline::crc16_ccitt(bytes);
  }
  return 0;
}

}  // namespace outrigger::p4_target
