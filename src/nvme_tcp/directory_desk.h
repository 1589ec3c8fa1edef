// DirectoryDesk: hosts are let in by the directory of all subsystems, which knows their keys too.
#pragma once

#include "nvme/directory.h"
#include "nvme_tcp/connect_queue.h"
#include "nvme_tcp/tls_stream.h"

#include <optional>
#include <string_view>

namespace outrigger::nvme_tcp {

class DirectoryDesk final : public ConnectDesk, public PskLookup {
 public:
  // Borrowed.
  explicit DirectoryDesk(nvme::Directory& directory) : directory_(directory) {}
  nvme::ConnectOutcome connect(const nvme::ConnectRequest& request) override { return directory_.connect(request); }
  std::optional<nvme_auth::TlsPsk> find(std::string_view identity) noexcept override {
    return directory_.find_psk(identity);
  }

 private:
  nvme::Directory& directory_;
};

}  // namespace outrigger::nvme_tcp
