// Port: one address at which subsystems can be reached, as control knows it and discovery tells it. The transport that
// listens there owns it; it outlives the connections that came through it.
#pragma once

#include "nvme/fabrics_format.h"

#include <cstdint>
#include <string>

namespace outrigger::nvme {

struct Port {
  uint16_t id = 0;  // PORTID of the discovery log; unique in the daemon
  TransportType trtype = TransportType::Tcp;
  AddressFamily adrfam = AddressFamily::Ipv4;
  std::string traddr;                // as the operator wrote it: "192.0.2.1"
  std::string trsvcid;               // "4420"
  bool is_at_every_address = false;  // traddr is "0.0.0.0" or "::", which is no place to send a host to
  bool requires_tls = false;
  friend bool operator==(const Port&, const Port&) = default;
};

}  // namespace outrigger::nvme
