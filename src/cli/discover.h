// `discover` and `connect-all`: what a discovery controller shows, and all of it as volumes, once or from now on.
#pragma once

#include "cli/remote.h"
#include "cli/resources.h"

#include <string>
#include <vector>

namespace outrigger::cli {

struct DiscoverRequest {
  std::string transport = "tcp";
  std::string address;  // "192.0.2.1", "192.0.2.1:8009", "[2001:db8::1]:8009"
  int64_t port = 0;     // 0: as the address says, or the discovery service's
  std::string hostnqn;
  std::string subnqn;  // of the discovery subsystem; empty: the well-known one
  RemoteKeyFiles key_files{};
  // Of connect-all.
  bool is_persistent = false;
  std::string id;                 // of the discovery that is persistent
  std::vector<std::string> nqns;  // only these subsystems; empty: all
  std::string multipath;          // empty: multipath
  bool has_header_digest = false;
  bool has_data_digest = false;
  int64_t queue_count = 0;
  int64_t queue_size = 0;
};

// The log of a discovery controller.
Printed discover(Client& client, const DiscoverRequest& request, Format format);
// Connects, with the same keys, to all that it shows and that its referrals show, or has the daemon follow it from now
// on. `done`: what is connected, also when something else could not be.
Result<> connect_all(Client& client, const DiscoverRequest& request, Format format, std::string& done);

}  // namespace outrigger::cli
