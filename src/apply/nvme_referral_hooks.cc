#include "apply/nvme_referral_hooks.h"

#include "base/log.h"
#include "model/nvme_discovery.h"
#include "model/nvme_discovery_limits.h"
#include "nvme/limits.h"
#include "outrigger/v1/nvme_discovery.pb.h"

namespace outrigger::apply {

using outrigger::v1::NvmeReferral;

static_assert(model::nvme_referrals_max <= nvme::referrals_max, "what the model takes has a place in the log");

namespace {

nvme::Referral referral_of(const NvmeReferral& wanted) {
  nvme::Referral referral;
  referral.port.trtype = nvme::TransportType::Tcp;
  referral.port.adrfam =
      wanted.traddr().find(':') == std::string::npos ? nvme::AddressFamily::Ipv4 : nvme::AddressFamily::Ipv6;
  referral.port.traddr = wanted.traddr();
  referral.port.trsvcid = std::to_string(wanted.trsvcid() == 0 ? model::nvme_discovery_port : wanted.trsvcid());
  referral.port.requires_tls = wanted.requires_tls();
  if (!wanted.subnqn().empty()) {
    referral.subnqn = wanted.subnqn();
  }
  return referral;
}

}  // namespace

core::Job<Result<void>> NvmeReferralHooks::realise(model::Intent intent) {
  const nvme::Referral wanted = referral_of(intent.as<NvmeReferral>());
  if (intent.before == nullptr) {
    co_return plane_.add_referral(wanted);
  }
  const nvme::Referral before = referral_of(intent.before_as<NvmeReferral>());
  if (before == wanted) {
    co_return Result<void>{};
  }
  // The old one first: the two may be more than there is place for.
  plane_.remove_referral(before);
  Result<void> added = plane_.add_referral(wanted);
  if (!added.has_value()) {
    if (const Result<void> back = plane_.add_referral(before); !back.has_value()) {
      log::warning("apply", "{}: is not told any more: {}", intent.name, back.error().what);
    }
  }
  co_return added;
}

core::Job<Result<void>> NvmeReferralHooks::withdraw(model::Intent intent) {
  plane_.remove_referral(referral_of(intent.as<NvmeReferral>()));
  co_return Result<void>{};
}

}  // namespace outrigger::apply
