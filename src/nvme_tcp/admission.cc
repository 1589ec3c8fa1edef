#include "nvme_tcp/admission.h"

#include "base/check.h"

#include <algorithm>

namespace outrigger::nvme_tcp {

uint32_t connections_for(uint64_t descriptors) noexcept {
  const uint64_t reserve = std::min(descriptors_reserve, descriptors / 2);
  return static_cast<uint32_t>(std::min<uint64_t>(descriptors - reserve, UINT32_MAX));
}

Admission::~Admission() { check(connection_count_ == 0, "connections leave before what they are counted by"); }

std::string_view Admission::may_enter(const std::string& network) const noexcept {
  const auto known = bytes_by_network_.find(network);
  if (known != bytes_by_network_.end() && known->second + connection_bytes > options_.memory_bytes_per_network_max) {
    return "the connections of its network take all the memory that they may";
  }
  return {};
}

std::string_view Admission::make_room() noexcept {
  if (connection_count_ - displaced_count_ >= options_.connections_max && !displace_oldest()) {
    return "too many connections at all ports together";
  }
  if (memory_bytes_ + connection_bytes > bytes_max() && !displace_oldest()) {
    return "all connections take all the memory that they may";
  }
  return {};
}

uint64_t Admission::enter(const std::string& network, StrangerKeeper& keeper) {
  bytes_by_network_[network] += connection_bytes;
  memory_bytes_ += connection_bytes;
  ++connection_count_;
  strangers_.emplace(++last_number_, &keeper);
  return last_number_;
}

bool Admission::may_take(uint64_t number, const std::string& network, uint64_t bytes) const noexcept {
  if (bytes_by_network_.find(network)->second + bytes > options_.memory_bytes_per_network_max) {
    return false;
  }
  const uint64_t others = strangers_.size() - strangers_.count(number);
  const uint64_t may_go = displaced_max - std::min(displaced_count_, displaced_max);
  return memory_bytes_ + bytes <= bytes_max() + std::min(others, may_go) * connection_bytes;
}

void Admission::take(uint64_t number, const std::string& network, uint64_t bytes) noexcept {
  bytes_by_network_.find(network)->second += bytes;
  memory_bytes_ += bytes;
  while (memory_bytes_ > bytes_max()) {
    const bool is_displaced = displace_oldest(number);
    check(is_displaced, "memory is taken by who may");
  }
}

bool Admission::displace_oldest(uint64_t spared) noexcept {
  const auto oldest = std::ranges::find_if(strangers_, [spared](const auto& each) { return each.first != spared; });
  if (oldest == strangers_.end() || displaced_count_ >= displaced_max) {
    return false;
  }
  const auto [number, keeper] = *oldest;
  keeper->displace(number);
  return true;
}

void Admission::displaced(uint64_t number) noexcept {
  strangers_.erase(number);
  ++displaced_count_;
}

void Admission::leave(const std::string& network, uint64_t bytes, bool was_displaced) noexcept {
  const auto its = bytes_by_network_.find(network);
  its->second -= bytes;
  if (its->second == 0) {
    bytes_by_network_.erase(its);
  }
  memory_bytes_ -= bytes;
  --connection_count_;
  displaced_count_ -= was_displaced ? 1 : 0;
}

}  // namespace outrigger::nvme_tcp
