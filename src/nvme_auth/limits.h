// The named limits of nvme_auth.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme_auth {

// Longest authentication message that is read; the longest that is sent is DH-HMAC-CHAP_Reply, 16 + 2 * 64 + 1024.
inline constexpr size_t message_bytes_max = 4096;
// Longest NVMe Qualified Name, without the terminating zero (Base 2.0, 4.5).
inline constexpr size_t nqn_bytes_max = 223;
// Longest string that is taken for a configured key: "DHHC-1:03:", 92 characters of base64 and ":" are 103.
inline constexpr size_t key_string_bytes_max = 128;
// Longest PSK identity: "NVMe1R02 ", two NQNs, a digest of 64 characters, and the spaces between.
inline constexpr size_t psk_identity_bytes_max = 9 + nqn_bytes_max + 1 + nqn_bytes_max + 1 + 64;
// A generated PSK opens no connection after this (NVMe/TCP 1.0, 3.6.1.4).
inline constexpr uint64_t generated_psk_lifetime_ms = 600'000;

}  // namespace outrigger::nvme_auth
