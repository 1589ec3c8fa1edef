#include "nvme/directory.h"

#include "base/check.h"
#include "nvme/connect.h"
#include "nvme/discovery.h"
#include "nvme/limits.h"
#include "nvme/subsystem.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {

Directory::Directory(core::Reactor& control, std::vector<core::Reactor*> data_cores)
    : control_(control),
      data_cores_(std::move(data_cores)),
      queues_by_core_(data_cores_.size()),
      discovery_(std::make_unique<DiscoveryService>(*this)) {
  check(!data_cores_.empty(), "I/O queues live on data cores");
}

Directory::~Directory() { check(subsystems_.empty(), "subsystems go before their directory"); }

ConnectOutcome Directory::connect(const ConnectRequest& request) {
  const auto arguments = parse_connect(request);
  ConnectOutcome outcome;
  if (!arguments) {
    outcome = arguments.error();
  } else if (request.port.requires_tls && request.tls_identity.empty()) {
    outcome = refuse(Status::final(StatusCode::ConnectInvalidHost));
  } else if (arguments->subnqn == discovery_nqn) {
    outcome = discovery_->connect(*arguments);
  } else if (Subsystem* const subsystem = find(arguments->subnqn)) {
    outcome = subsystem->connect(*arguments);
  } else {
    outcome = refuse_data(offsetof(ConnectData, subnqn), false);
  }
  if (!outcome.status.is_success() && limiter_.admit(control_.clock().now_ns())) {
    log::info("nvme", "refused the host {} at {} (queue {} of {}): status {:x}h, result {:x}h",
              arguments ? arguments->hostnqn : "?", request.peer, uint16_t{request.sqe.qid},
              arguments ? arguments->subnqn : "?", outcome.status.bits(), outcome.result);
  }
  return outcome;
}

Result<void> Directory::add(Subsystem& subsystem) {
  if (find(subsystem.options().nqn) != nullptr) {
    return fail(Code::AlreadyExists, "there is a subsystem {} already", subsystem.options().nqn);
  }
  subsystems_.push_back(&subsystem);
  return {};
}

void Directory::remove(Subsystem& subsystem) {
  if (std::erase(subsystems_, &subsystem) != 0) {
    discovery_changed();
  }
}

Subsystem* Directory::find(std::string_view nqn) const noexcept {
  const auto found =
      std::ranges::find_if(subsystems_, [nqn](const Subsystem* subsystem) { return subsystem->options().nqn == nqn; });
  return found == subsystems_.end() ? nullptr : *found;
}

Result<void> Directory::add(const Referral& referral) {
  if (std::ranges::find(referrals_, referral) != referrals_.end()) {
    return fail(Code::AlreadyExists, "there is such a referral already");
  }
  if (referrals_.size() >= referrals_max) {
    return fail(Code::ResourceExhausted, "there are {} referrals already", referrals_max);
  }
  referrals_.push_back(referral);
  discovery_changed();
  return {};
}

void Directory::remove(const Referral& referral) {
  if (std::erase(referrals_, referral) != 0) {
    discovery_changed();
  }
}

void Directory::discovery_changed() { discovery_->changed(); }

size_t Directory::take_core() noexcept {
  const auto fewest = std::ranges::min_element(queues_by_core_);
  ++*fewest;
  return static_cast<size_t>(fewest - queues_by_core_.begin());
}

void Directory::give_back_core(size_t core) noexcept { --queues_by_core_[core]; }

}  // namespace outrigger::nvme
