#include "nvme/peer_network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace outrigger::nvme {

std::string_view address_of(std::string_view peer) noexcept { return peer.substr(0, peer.rfind(':')); }

std::string network_of(std::string_view address) {
  std::string text(address);
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, text.c_str(), &parsed) != 1) {
    return text;
  }
  constexpr size_t network_bytes = 8;
  return "/64:" + std::string(reinterpret_cast<const char*>(parsed.s6_addr), network_bytes);
}

}  // namespace outrigger::nvme
