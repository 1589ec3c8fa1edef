// Configuration: what outriggerd is told before it starts. A TOML file; every key is optional, an unknown one is an
// error that names the nearest known one. Resources are not configured here: they are created through the API and
// kept in the store.
#pragma once

#include "base/log.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::daemon {

struct Configuration {
  // -- [daemon]
  std::string state_directory = "/var/lib/outrigger";  // the store; 0700
  std::string run_directory = "/run/outrigger";        // the devices' vhost-user sockets; 0755
  log::Level log_level = log::Level::Info;

  // -- [vhost_user]
  uint32_t socket_mode = 0600;           // of the devices' sockets
  std::optional<uint32_t> socket_group;  // their group's id; none: the daemon's own

  // -- [cores]
  // CPUs that serve data, one reactor pinned to each. Empty: data_count reactors that the scheduler places.
  std::vector<int> data_cpus;
  uint32_t data_count = 0;     // 0: one for every two CPUs, at least one
  uint32_t idle_spin_us = 50;  // how long a core polls after its last work before it sleeps
  uint32_t buffer_mib = 8;     // bounce and encryption buffers of each data core

  // -- [volumes]
  uint32_t malloc_mib = 0;  // what all memory volumes together may have; 0: as much as the machine has memory

  // -- [nvme_tcp]: what hosts may take
  uint32_t connections_per_address = 2048;           // of one host's address, at each port
  uint32_t discovery_controllers_per_address = 128;  // of one host's address, at all ports
  uint32_t nvme_memory_mib = 0;                      // all connections together; 0: a quarter of the machine's memory
  uint32_t nvme_memory_per_address_mib = 0;          // those of one address (64 bits of IPv6); 0: a quarter of that

  // -- [api]
  std::vector<std::string> grpc = {"127.0.0.1:50051"};  // host:port or unix:/path
  std::vector<std::string> rest = {"127.0.0.1:8082"};   // host:port; empty: no REST and no /metrics
  std::string tls;                                      // certificate:key:ca, paths of PEM files; empty: plaintext
  bool allow_insecure = false;                          // plaintext on addresses that are not this machine's own
};

inline constexpr size_t configuration_bytes_max = 1 << 20;
inline constexpr uint32_t data_cores_max = 256;
// What one NVMe/TCP port has, whoever connects.
inline constexpr uint32_t connections_per_port_max = 8192;
// The least that hosts can do with: 4 MiB are an admin queue and the largest I/O queue that there is, with their
// connections, and one address has a quarter of all unless it is told otherwise.
inline constexpr uint32_t nvme_memory_per_address_mib_min = 4;
inline constexpr uint32_t nvme_memory_mib_min = 16;

// `text` is the file's contents, `source` its name for messages ("/etc/outrigger/outriggerd.toml").
Result<Configuration> parse_configuration(std::string_view text, std::string_view source);
Result<Configuration> read_configuration(const std::string& path);

}  // namespace outrigger::daemon
