#include "nvme/host_security.h"

#include <string>

namespace outrigger::nvme {

Result<void> check_security(const HostSecurity& security, std::string_view hostnqn, std::string_view subnqn) {
  OR_TRY(nvme_auth::check_setup({.hostnqn = std::string(hostnqn), .subnqn = std::string(subnqn)}, security.algorithms));
  if (security.controller_key && !security.host_key) {
    return fail(Code::InvalidArgument, "a controller's key goes with a host's key");
  }
  if (security.requires_tls && !security.tls_psk && !security.takes_concatenation()) {
    return fail(Code::InvalidArgument, "TLS is required, and there is neither a PSK nor a key to make one with");
  }
  return {};
}

}  // namespace outrigger::nvme
