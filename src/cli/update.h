// `update KIND NAME …`: what the words and options after it mean for each kind. Whatever does not belong to the kind is
// refused, and nothing is taken away that nobody asked to lose.
#pragma once

#include "cli/nvme_keys.h"
#include "cli/volumes.h"

#include <string>
#include <vector>

namespace outrigger::cli {

struct UpdateRequest {
  std::string kind;
  std::string name;
  std::vector<std::string> words;  // limits of a disk, or field=value
  VolumeRequest options;           // --size, --limit, --key-file, --cipher
  std::string host{};              // of a subsystem: whose keys
  HostKeys keys{};                 // its keys; ours for a remote controller; of a controller: --require-tls alone
  std::vector<std::string> ana{};  // of a controller: "1=inaccessible", the state of one ANA group
};
Printed update_any(Client& client, const UpdateRequest& request, Format format);

}  // namespace outrigger::cli
