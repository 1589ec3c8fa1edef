// hash_algorithm.h: the hashes and checksums that programs name, over bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/random.h"

namespace outrigger::p4_target {

enum class HashAlgorithm : uint8_t { Crc32, Crc16, Random, Identity, Csum16, Xor16, Crc32c, Crc16Ccitt };

// By the member of the architecture's enum: v1model's `crc32`, PSA's and PNA's `CRC32` or `ONES_COMPLEMENT16`. A custom
// CRC has the parameters of the standard one until the control plane gives others, as BMv2 has it.
[[nodiscard]] std::optional<HashAlgorithm> find_hash_algorithm(std::string_view member);

[[nodiscard]] uint64_t compute_hash(HashAlgorithm algorithm, std::span<const uint8_t> bytes, core::Random& random);

}  // namespace outrigger::p4_target
