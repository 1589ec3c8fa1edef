// Where a peer comes from. Who has IPv6 has at least 2^64 addresses: what is shared out among strangers is shared out
// among networks of 64 bits there, and among addresses elsewhere.
#pragma once

#include <string>
#include <string_view>

namespace outrigger::nvme {

// "192.0.2.1" of "192.0.2.1:4420": a host's connections have a port each. An IPv6 address that stands without a port
// loses its last part, which no network of 64 bits has.
[[nodiscard]] std::string_view address_of(std::string_view peer) noexcept;

// Of an address: the first 64 bits of an IPv6 address, any other address as it is.
[[nodiscard]] std::string network_of(std::string_view address);

}  // namespace outrigger::nvme
