#include "nvme_tcp/admission.h"

#include "base/check.h"

#include <algorithm>

namespace outrigger::nvme_tcp {

uint32_t connections_for(uint64_t descriptors) noexcept {
  const uint64_t reserve = std::min(descriptors_reserve, descriptors / 2);
  return static_cast<uint32_t>(std::min<uint64_t>(descriptors - reserve, UINT32_MAX));
}

uint32_t discovery_controllers_for(uint64_t memory_bytes) noexcept {
  const uint64_t count = memory_bytes / discovery_memory_divisor / connection_bytes;
  return static_cast<uint32_t>(std::clamp<uint64_t>(count, 1, nvme::discovery_controllers_max));
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
  if (!strangers_.make_room(connection_count_, options_.connections_max)) {
    return "too many connections at all ports together";
  }
  if (memory_bytes_ + connection_bytes > bytes_max() && !strangers_.displace_oldest()) {
    return "all connections take all the memory that they may";
  }
  return {};
}

uint64_t Admission::enter(const std::string& network) {
  bytes_by_network_[network] += connection_bytes;
  memory_bytes_ += connection_bytes;
  ++connection_count_;
  return ++last_number_;
}

bool Admission::may_take(uint64_t number, const std::string& network, uint64_t bytes) const noexcept {
  if (bytes_by_network_.find(network)->second + bytes > options_.memory_bytes_per_network_max) {
    return false;
  }
  return memory_bytes_ + bytes <= bytes_max() + strangers_.displaceable_count(number) * connection_bytes;
}

void Admission::take(uint64_t number, const std::string& network, uint64_t bytes) noexcept {
  bytes_by_network_.find(network)->second += bytes;
  memory_bytes_ += bytes;
  while (memory_bytes_ > bytes_max()) {
    const bool is_displaced = strangers_.displace_oldest(number);
    check(is_displaced, "memory is taken by who may");
  }
}

void Admission::leave(const std::string& network, uint64_t bytes) noexcept {
  const auto its = bytes_by_network_.find(network);
  its->second -= bytes;
  if (its->second == 0) {
    bytes_by_network_.erase(its);
  }
  memory_bytes_ -= bytes;
  --connection_count_;
}

}  // namespace outrigger::nvme_tcp
