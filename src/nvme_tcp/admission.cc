#include "nvme_tcp/admission.h"

#include "base/check.h"

#include <algorithm>

namespace outrigger::nvme_tcp {

uint32_t connections_for(uint64_t descriptors) noexcept {
  const uint64_t reserve = std::min(descriptors_reserve, descriptors / 2);
  return static_cast<uint32_t>(std::min<uint64_t>(descriptors - reserve, UINT32_MAX));
}

Admission::~Admission() { check(connection_count_ == 0, "connections leave before what they are counted by"); }

std::string_view Admission::make_room_for(const std::string& network) noexcept {
  const auto known = bytes_by_network_.find(network);
  if (known != bytes_by_network_.end() && known->second + connection_bytes > options_.memory_bytes_per_network_max) {
    return "the connections of its network take all the memory that they may";
  }
  if (connection_count_ - displaced_count_ >= options_.connections_max && !displace_oldest()) {
    return "too many connections at all ports together";
  }
  // Those that are on their way out give back at least this much.
  const uint64_t coming_back = displaced_count_ * connection_bytes;
  if (memory_bytes_ + connection_bytes > options_.memory_bytes_max + coming_back && !displace_oldest()) {
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

bool Admission::resize(const std::string& network, uint64_t before, uint64_t after) noexcept {
  uint64_t& its = bytes_by_network_.find(network)->second;
  const bool is_more = after > before;
  if (is_more && (its - before + after > options_.memory_bytes_per_network_max ||
                  memory_bytes_ - before + after > options_.memory_bytes_max)) {
    return false;
  }
  its = its - before + after;
  memory_bytes_ = memory_bytes_ - before + after;
  return true;
}

bool Admission::displace_oldest() noexcept {
  if (strangers_.empty() || displaced_count_ >= displaced_max) {
    return false;
  }
  const auto [number, keeper] = *strangers_.begin();
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
