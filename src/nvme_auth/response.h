// What the two sides of DH-HMAC-CHAP compute (Base 2.0, 8.13.5.4 to 8.13.5.9): responses to challenges, the session key
// and the PSK that is generated for TLS. Pure functions; any thread.
#pragma once

#include "base/secret.h"
#include "nvme_auth/hash.h"
#include "nvme_auth/message.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace outrigger::nvme_auth {

struct ResponseInput {
  HashId hash = HashId::Sha256;
  std::span<const std::byte> key;          // transformed: the host's for R1, the controller's for R2
  std::span<const std::byte> session_key;  // KS; empty in the null group
  std::span<const std::byte> challenge;    // C1 or C2
  uint32_t seqnum = 0;                     // S1 or S2
  uint16_t t_id = 0;
  SecureChannel sc_c = SecureChannel::None;
  std::string_view hostnqn;
  std::string_view subnqn;
};

// KS = H(g^xy mod p).
Secret session_key(HashId hash, std::span<const std::byte> shared_secret);
// R1 = HMAC(Kh, Ca1 || S1 || T_ID || SC_C || "HostHost" || NQNh || 00h || NQNc), with Ca1 = HMAC(KS, C1), or C1.
Secret host_response(const ResponseInput& input);
// R2 = HMAC(Kc, Ca2 || S2 || T_ID || SC_C || "Controller" || NQNc || 00h || NQNh).
Secret controller_response(const ResponseInput& input);
// HMAC(KS, C1 || C2): the input PSK of the secure channel. Linux before 7.1 took g^xy mod p itself for KS here and gets
// another PSK.
Secret generated_psk(HashId hash, std::span<const std::byte> session_key, std::span<const std::byte> c1,
                     std::span<const std::byte> c2);

}  // namespace outrigger::nvme_auth
