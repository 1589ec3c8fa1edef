// hash_algorithm.h: the hashes and checksums that programs name, over bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "core/random.h"

namespace outrigger::pipeline {
struct CrcParameters;
}

namespace outrigger::p4_target {

enum class HashAlgorithm : uint8_t {
  Crc32,
  Crc16,
  Random,
  Identity,
  Csum16,
  Xor16,
  Crc32c,
  Crc16Ccitt,
  Crc32Custom,
  Crc16Custom
};

// By the member of the architecture's enum: v1model's `crc32`, PSA's and PNA's `CRC32` or `ONES_COMPLEMENT16`.
[[nodiscard]] std::optional<HashAlgorithm> find_hash_algorithm(std::string_view member);

// The algorithms with what they need beside the bytes.
class Hasher {
 public:
  // `random` outlives it.
  explicit Hasher(core::Random& random) : random_(random) {}

  [[nodiscard]] uint64_t compute(HashAlgorithm algorithm, std::span<const uint8_t> bytes) const;
  // The custom CRC of this width, 16 or 32 bits: that of the standard until the control plane gives another, as BMv2
  // has it. Error: another width, or numbers that have more bits.
  Result<> set_custom_crc(const pipeline::CrcParameters& parameters);
  [[nodiscard]] static Result<> check(const pipeline::CrcParameters& parameters);

 private:
  core::Random& random_;
  std::shared_ptr<const pipeline::CrcParameters> crc16_custom_;  // null: as the standard has it
  std::shared_ptr<const pipeline::CrcParameters> crc32_custom_;
};

}  // namespace outrigger::p4_target
