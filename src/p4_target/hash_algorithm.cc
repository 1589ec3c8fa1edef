// hash_algorithm.cc: names of algorithms, and which function of `pipeline` each is.
#include "p4_target/hash_algorithm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pipeline/hash_functions.h"

namespace outrigger::p4_target {
namespace {

using Named = std::pair<std::string_view, HashAlgorithm>;
constexpr std::array<Named, 20> names = {{
    {"crc32", HashAlgorithm::Crc32},
    {"crc32_custom", HashAlgorithm::Crc32Custom},
    {"crc16", HashAlgorithm::Crc16},
    {"crc16_custom", HashAlgorithm::Crc16Custom},
    {"random", HashAlgorithm::Random},
    {"identity", HashAlgorithm::Identity},
    {"csum16", HashAlgorithm::Csum16},
    {"xor16", HashAlgorithm::Xor16},
    {"IDENTITY", HashAlgorithm::Identity},
    {"CRC32", HashAlgorithm::Crc32},
    {"CRC32_CUSTOM", HashAlgorithm::Crc32Custom},
    {"CRC16", HashAlgorithm::Crc16},
    {"CRC16_CUSTOM", HashAlgorithm::Crc16Custom},
    {"ONES_COMPLEMENT16", HashAlgorithm::Csum16},
    {"TARGET_DEFAULT", HashAlgorithm::Crc32},
    {"CRC32C", HashAlgorithm::Crc32c},
    {"CRC16_CCITT", HashAlgorithm::Crc16Ccitt},
    {"XOR16", HashAlgorithm::Xor16},
    {"TOEPLITZ", HashAlgorithm::Crc32},
    {"JHASH", HashAlgorithm::Crc32},  // DPDK's; which function it is, no program can rely on
}};

}  // namespace

std::optional<HashAlgorithm> find_hash_algorithm(std::string_view member) {
  const auto* const found = std::ranges::find(names, member, &Named::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

uint64_t Hasher::compute(HashAlgorithm algorithm, std::span<const uint8_t> bytes) const {
  switch (algorithm) {
    case HashAlgorithm::Crc32: return pipeline::crc32(bytes);
    case HashAlgorithm::Crc16: return pipeline::crc16(bytes);
    case HashAlgorithm::Random: return random_.next();
    case HashAlgorithm::Identity: return pipeline::identity(bytes);
    case HashAlgorithm::Csum16: return pipeline::csum16(bytes);
    case HashAlgorithm::Xor16: return pipeline::xor16(bytes);
    case HashAlgorithm::Crc32c: return pipeline::crc32c(bytes);
    case HashAlgorithm::Crc16Ccitt: return pipeline::crc16_ccitt(bytes);
    case HashAlgorithm::Crc32Custom:
      return crc32_custom_ == nullptr ? pipeline::crc32(bytes) : pipeline::crc(*crc32_custom_, bytes);
    case HashAlgorithm::Crc16Custom:
      return crc16_custom_ == nullptr ? pipeline::crc16(bytes) : pipeline::crc(*crc16_custom_, bytes);
  }
  return 0;
}

Result<> Hasher::check(const pipeline::CrcParameters& parameters) {
  const uint32_t width = parameters.width_bits;
  if (width != 16 && width != 32) {
    return fail(Code::InvalidArgument, "a custom CRC has 16 or 32 bits; {} were given", width);
  }
  if ((parameters.polynomial | parameters.initial | parameters.final_xor) >> width != 0) {
    return fail(Code::InvalidArgument, "a number of a custom CRC has more than its {} bits", width);
  }
  return {};
}

Result<> Hasher::set_custom_crc(const pipeline::CrcParameters& parameters) {
  OR_TRY(check(parameters));
  (parameters.width_bits == 16 ? crc16_custom_ : crc32_custom_) =
      std::make_shared<const pipeline::CrcParameters>(parameters);
  return {};
}

}  // namespace outrigger::p4_target
