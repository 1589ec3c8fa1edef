// BurstHash: the hashes and checksums that bursts calculate, by the names that architectures give them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace outrigger::p4_native {

enum class BurstHash : uint8_t { None, Crc32, Crc16, Identity, Csum16, Xor16, Crc32c, Crc16Ccitt };

// By the member of the architecture's enum. None: nothing that bursts know; `random` is none.
[[nodiscard]] BurstHash find_burst_hash(std::string_view member);

[[nodiscard]] uint64_t compute_burst_hash(BurstHash hash, std::span<const uint8_t> bytes) noexcept;

}  // namespace outrigger::p4_native
