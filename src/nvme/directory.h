// Directory: all subsystems that this daemon serves, the ports at which they can be reached and the discovery service
// over them. A transport that accepted a connection brings the host's Connect here. Control reactor only.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "core/reactor.h"
#include "nvme/fabrics_format.h"
#include "nvme/port.h"
#include "nvme/queue.h"
#include "nvme/status.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme {

class Subsystem;

// What a transport knows of a Connect command.
struct ConnectRequest {
  const ConnectSqe& sqe;
  const ConnectData& data;
  const Port& port;
  std::string peer;  // the host's address, for logs
  // Over TLS: the identity of the pre-shared key; empty: no TLS.
  std::string tls_identity;
  Link& link;
};

struct ConnectOutcome {
  Status status;
  uint32_t result = 0;           // of a success: CNTLID and authentication bits; of a refusal: the offending parameter
  std::shared_ptr<Queue> queue;  // of a success
};

// A discovery service somewhere else, told in our discovery log.
struct Referral {
  Port port;
  std::string subnqn = std::string(discovery_nqn);
  friend bool operator==(const Referral&, const Referral&) = default;
};

class DiscoveryService;

class Directory {
 public:
  // `data_cores`: where I/O queues live. All borrowed.
  Directory(core::Reactor& control, std::vector<core::Reactor*> data_cores);
  // All subsystems, and all queues of discovery controllers, are gone.
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] core::Reactor& control() const noexcept { return control_; }
  [[nodiscard]] const std::vector<core::Reactor*>& data_cores() const noexcept { return data_cores_; }

  // The first command of a connection.
  [[nodiscard]] ConnectOutcome connect(const ConnectRequest& request);

  // Subsystems add and remove themselves; borrowed.
  Result<void> add(Subsystem& subsystem);
  void remove(Subsystem& subsystem);
  [[nodiscard]] Subsystem* find(std::string_view nqn) const noexcept;
  [[nodiscard]] const std::vector<Subsystem*>& subsystems() const noexcept { return subsystems_; }

  Result<void> add(const Referral& referral);
  void remove(const Referral& referral);
  [[nodiscard]] const std::vector<Referral>& referrals() const noexcept { return referrals_; }
  // What the discovery log tells changed: connected discovery controllers hear of it.
  void discovery_changed();

  // The data core, as its place in data_cores(), with the fewest I/O queues; it has one more until it is given back.
  [[nodiscard]] size_t take_core() noexcept;
  void give_back_core(size_t core) noexcept;

 private:
  core::Reactor& control_;
  std::vector<core::Reactor*> data_cores_;
  std::vector<uint32_t> queues_by_core_;
  std::vector<Subsystem*> subsystems_;
  std::vector<Referral> referrals_;
  log::Limiter limiter_;  // for refused hosts
  std::unique_ptr<DiscoveryService> discovery_;
};

}  // namespace outrigger::nvme
