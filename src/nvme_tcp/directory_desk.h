// DirectoryDesk: hosts are let in by the directory of all subsystems.
#pragma once

#include "nvme/directory.h"
#include "nvme_tcp/connect_queue.h"

namespace outrigger::nvme_tcp {

class DirectoryDesk final : public ConnectDesk {
 public:
  // Borrowed.
  explicit DirectoryDesk(nvme::Directory& directory) : directory_(directory) {}
  nvme::ConnectOutcome connect(const nvme::ConnectRequest& request) override { return directory_.connect(request); }

 private:
  nvme::Directory& directory_;
};

}  // namespace outrigger::nvme_tcp
