// The formulas of DH-HMAC-CHAP.
#include "nvme_auth/response.h"

namespace outrigger::nvme_auth {
namespace {

Secret respond(const ResponseInput& in, std::string_view role, std::string_view first_nqn,
               std::string_view second_nqn) {
  Secret augmented;
  if (!in.session_key.empty()) {
    augmented = hmac(in.hash, in.session_key, in.challenge);
  }
  HashInput input;
  input.add(in.session_key.empty() ? in.challenge : augmented.bytes());
  input.add_le(in.seqnum).add_le(in.t_id).add(static_cast<uint8_t>(in.sc_c));
  input.add(role).add(first_nqn).add(uint8_t{0}).add(second_nqn);
  return hmac(in.hash, in.key, input.bytes());
}

}  // namespace

Secret session_key(HashId hash, std::span<const std::byte> shared_secret) { return digest(hash, shared_secret); }

Secret host_response(const ResponseInput& input) { return respond(input, "HostHost", input.hostnqn, input.subnqn); }

Secret controller_response(const ResponseInput& input) {
  return respond(input, "Controller", input.subnqn, input.hostnqn);
}

Secret generated_psk(HashId hash, std::span<const std::byte> session_key, std::span<const std::byte> c1,
                     std::span<const std::byte> c2) {
  HashInput input;
  input.add(c1).add(c2);
  return hmac(hash, session_key, input.bytes());
}

}  // namespace outrigger::nvme_auth
