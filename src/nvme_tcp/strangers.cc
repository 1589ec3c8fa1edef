#include "nvme_tcp/strangers.h"

namespace outrigger::nvme_tcp {

void Strangers::add(uint64_t number, Stranger& stranger) {
  strangers_.emplace(number, &stranger);
  if (all_ != nullptr) {
    all_->add(number, stranger);
  }
}

void Strangers::forget(uint64_t number) noexcept {
  strangers_.erase(number);
  if (all_ != nullptr) {
    all_->forget(number);
  }
}

void Strangers::displaced(uint64_t number) noexcept {
  strangers_.erase(number);
  ++displaced_count_;
  if (all_ != nullptr) {
    all_->displaced(number);
  }
}

void Strangers::displaced_is_gone() noexcept {
  --displaced_count_;
  if (all_ != nullptr) {
    all_->displaced_is_gone();
  }
}

bool Strangers::displace_oldest(uint64_t spared) noexcept {
  const auto oldest = std::ranges::find_if(strangers_, [spared](const auto& each) { return each.first != spared; });
  if (oldest == strangers_.end() || displaced_count_ >= displaced_max) {
    return false;
  }
  oldest->second->displace();
  return true;
}

}  // namespace outrigger::nvme_tcp
