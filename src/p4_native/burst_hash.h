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
// The internet checksum (RFC 1071) over both. One byte behind the first `size` may be written.
[[nodiscard]] uint16_t checksum_with_payload(uint8_t* bytes, uint64_t size, std::span<const uint8_t> payload) noexcept;
// The state of a ones' complement sum with the bytes added, or subtracted (RFC 1624).
[[nodiscard]] uint16_t sum_after(uint16_t state, std::span<const uint8_t> bytes, bool subtracts) noexcept;

}  // namespace outrigger::p4_native
