// `connect`, `disconnect` and `list paths`: subsystems of others that this daemon uses as volumes.
#pragma once

#include "cli/resources.h"

#include <storage/backend_nvme.pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace outrigger::cli {

// Files with keys, "-" is the standard input; empty: none. Never keys themselves, which a list of processes would show.
struct RemoteKeyFiles {
  std::string tls_key_file;
  std::string dhchap_key_file;
  std::string dhchap_controller_key_file;
  bool has_concatenation = false;

  [[nodiscard]] bool are_given() const {
    return !tls_key_file.empty() || !dhchap_key_file.empty() || !dhchap_controller_key_file.empty() ||
           has_concatenation;
  }
};
// What they hold.
struct RemoteKeys {
  std::string tls_key;
  std::string dhchap_key;
  std::string dhchap_controller_key;
  bool has_concatenation = false;

  [[nodiscard]] bool are_given() const {
    return !tls_key.empty() || !dhchap_key.empty() || !dhchap_controller_key.empty() || has_concatenation;
  }
};
// Errors name the option and hold nothing of a key.
Result<RemoteKeys> read_keys(const RemoteKeyFiles& files);

struct ConnectRequest {
  std::string address;  // "192.0.2.1", "192.0.2.1:4420", "[2001:db8::1]:4420", "2001:db8::1"
  std::string nqn;      // the subsystem
  std::string id;       // the remote controller's; empty: the one that leads to the NQN already, or a new name
  std::string path_id;  // empty: chosen by the server
  std::string hostnqn;
  std::string source;     // address to connect from
  std::string multipath;  // "disable", "failover" or "multipath"; empty: multipath
  bool has_header_digest = false;
  bool has_data_digest = false;
  int64_t queue_count = 0;
  int64_t queue_size = 0;
  int32_t timeout_ms = 0;  // of each step of connecting; 0: as the server thinks best
  RemoteKeyFiles key_files{};
  RemoteKeys keys{};  // in their place, read already
};

// Where a target listens.
struct TargetAddress {
  std::string traddr;
  int64_t trsvcid = 4420;
  bool is_ipv6 = false;
};
Result<TargetAddress> parse_target(std::string_view text);
// Does the text, which is an address, say a port?
bool target_has_port(std::string_view text);
Result<opi_api::storage::v1::NvmeMultipath> multipath_of(const std::string& word);

// Makes the remote controller where there is none, and a path to it; prints the volumes that are there then. A
// controller that was made for a path that does not come up is taken away again.
Printed connect(Client& client, const ConnectRequest& request, Format format);
// The same without the printing: gives the controller's name. A path to the address that is there already does. `made`:
// names of remote controllers that got these keys when they were made just now; whoever is made here is added. All
// others have their own, which nobody can read: with keys in the request they get no path.
Result<std::string> connect_path(Client& client, const ConnectRequest& request, std::set<std::string>& made);
// Takes paths away: all of a remote controller, and it too, or the one that "nvme0/path1" says. Nothing goes when a
// volume in use would be left without a live path. `deleted`: a line for each that went, also before an error.
Result<> disconnect(Client& client, const std::vector<std::string>& ids, std::string& deleted);
// Every path, with how it is.
Printed list_paths(Client& client, Format format);

}  // namespace outrigger::cli
