// Keys of a remote controller or discovery that is there, and `reset`: what a person does when its target will not have
// us any more.
#pragma once

#include "cli/nvme_keys.h"
#include "cli/resources.h"

#include <string>
#include <string_view>
#include <vector>

namespace outrigger::cli {

// A remote controller, in any of the kinds that show one.
[[nodiscard]] bool is_remote(const Kind& kind);

// Changes the keys that are given, or takes those away that --remove-key names; the others stay. Prints how it is then.
Printed update_remote_keys(Client& client, std::string_view id, const HostKeys& keys, Format format);

// The same of a discovery: for its discovery controllers, and for what is found from then on.
Printed update_discovery_keys(Client& client, std::string_view id, const HostKeys& keys, Format format);

// Has all paths of these remote controllers begin anew. `done`: a line for each that does, also before an error.
Result<> reset_remotes(Client& client, const std::vector<std::string>& ids, std::string& done);

}  // namespace outrigger::cli
