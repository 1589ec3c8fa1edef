#include "model/nvme_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace outrigger::model {

std::string nvme_address(const opi_api::storage::v1::FabricsEndpoint& endpoint) {
  namespace opi = opi_api::storage::v1;
  uint16_t tcp_port = 0;
  const std::string& service = endpoint.trsvcid();
  const auto [end, error] = std::from_chars(service.data(), service.data() + service.size(), tcp_port);
  if (error != std::errc{} || end != service.data() + service.size() || tcp_port == 0 || service.front() == '0') {
    return {};
  }
  const bool is_ipv6 = endpoint.adrfam() == opi::NVME_ADDRESS_FAMILY_IPV6;
  if (!is_ipv6 && endpoint.adrfam() != opi::NVME_ADDRESS_FAMILY_IPV4) {
    return {};
  }
  const int family = is_ipv6 ? AF_INET6 : AF_INET;
  in6_addr binary{};  // the larger of the two
  std::array<char, INET6_ADDRSTRLEN> text{};
  // A zero inside would end the text early.
  if (endpoint.traddr().find('\0') != std::string::npos ||
      ::inet_pton(family, endpoint.traddr().c_str(), &binary) != 1 ||
      ::inet_ntop(family, &binary, text.data(), text.size()) == nullptr) {
    return {};
  }
  return is_ipv6 ? fmt::format("[{}]:{}", text.data(), tcp_port) : fmt::format("{}:{}", text.data(), tcp_port);
}

}  // namespace outrigger::model
