// Disks: `create disk HOST virtio-blk [LIMIT…] VOLUME`, and the hosts they are plugged into.
#pragma once

#include "cli/resources.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::cli {

struct DiskRequest {
  std::string host;
  std::string type;                 // "virtio-blk"
  std::vector<std::string> tokens;  // limits, then the volume
  std::string name;                 // empty: HOST-VOLUME
  std::optional<int32_t> function;  // empty: the lowest free one of the host's port
  int32_t queues = 0;               // 0: as the server thinks best
  // What OPI's message cannot say.
  bool is_read_only = false;
  bool is_packed = false;
  int32_t queue_size = 0;  // 0: as the server thinks best
};
// Doing it twice gives the same disk, not two.
Printed create_disk(Client& client, const DiskRequest& request, Format format);

// Replaces all limits of a disk; no tokens: removes them.
Printed limit_disk(Client& client, std::string_view id, const std::vector<std::string>& tokens, Format format);

struct HostRequest {
  std::string name;
  std::optional<int32_t> port;  // empty: the lowest free one
  std::string qmp_socket;
  std::vector<std::string> buses;
  bool connects = false;  // we connect to the host's listening socket, rather than listen
  int32_t queues = 0;
};
Printed add_host(Client& client, const HostRequest& request, Format format);

}  // namespace outrigger::cli
