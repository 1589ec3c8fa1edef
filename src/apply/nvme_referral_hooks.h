// How referrals become real: other discovery controllers in the discovery log of every host.
#pragma once

#include "apply/referral_plane.h"
#include "model/hooks.h"

namespace outrigger::apply {

class NvmeReferralHooks final : public model::Hooks {
 public:
  explicit NvmeReferralHooks(ReferralPlane& plane) : plane_(plane) {}
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;

 private:
  ReferralPlane& plane_;
};

}  // namespace outrigger::apply
