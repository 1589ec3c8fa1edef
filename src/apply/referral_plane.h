// ReferralPlane: what the hooks of referrals ask of the room that serves NVMe. An interface, as NvmePlane is.
#pragma once

#include "base/result.h"
#include "nvme/directory.h"

namespace outrigger::apply {

class ReferralPlane {
 public:
  virtual ~ReferralPlane() = default;
  // Another discovery controller that hosts are told of.
  virtual Result<void> add_referral(const nvme::Referral& referral) = 0;
  virtual void remove_referral(const nvme::Referral& referral) = 0;
};

}  // namespace outrigger::apply
