// `create subsystem`, `create controller`, `create namespace` and the limits of a namespace: NVMe over a network.
#pragma once

#include "cli/nvme_keys.h"
#include "cli/resources.h"

#include <cstdint>
#include <string>
#include <vector>

namespace outrigger::cli {

struct SubsystemRequest {
  std::string name;
  std::string nqn;
  std::string serial;
  std::string model;
  int64_t max_namespaces = 0;      // 0: as the server thinks best
  std::vector<std::string> hosts;  // NQNs of those that may connect; empty: any
  std::vector<int32_t> static_controllers;
  HostKeys keys;  // of the one host
};

struct ControllerRequest {
  std::string name;
  std::string subsystem;
  std::string address;  // IPv4 or IPv6
  int32_t port = 4420;
  bool requires_tls = false;
};

struct NamespaceRequest {
  std::string name;
  std::string subsystem;
  std::string volume;
  int32_t nsid = 0;  // 0: as the server thinks best
  std::string uuid;
  std::string nguid;
  int32_t ana_group = 0;
  std::vector<std::string> hosts;   // NQNs of those that see it; empty: all
  std::vector<std::string> limits;  // "100KIOPS"
};

Printed create_subsystem(Client& client, const SubsystemRequest& request, Format format);
Printed create_controller(Client& client, const ControllerRequest& request, Format format);
Printed create_namespace(Client& client, const NamespaceRequest& request, Format format);
// All limits of a namespace, anew; none: no limits any more. `id`: "sub1/ns1".
Printed limit_namespace(Client& client, std::string_view id, const std::vector<std::string>& limits, Format format);

}  // namespace outrigger::cli
