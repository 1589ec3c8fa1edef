#include "nvme_host/ana_log.h"

#include "nvme/log_format.h"

#include <algorithm>
#include <cstring>

namespace outrigger::nvme_host {
namespace {

// A state that nobody has defined is not one to send commands in.
PathAnaState state_of_wire(uint8_t state) noexcept {
  switch (state & 0xFU) {
    case 1: return PathAnaState::Optimized;
    case 2: return PathAnaState::NonOptimized;
    case 4: return PathAnaState::PersistentLoss;
    case 15: return PathAnaState::Change;
    default: return PathAnaState::Inaccessible;
  }
}

template <typename Wire>
bool take(std::span<const std::byte>& from, Wire& wire) noexcept {
  if (from.size() < sizeof(wire)) {
    return false;
  }
  std::memcpy(&wire, from.data(), sizeof(wire));
  from = from.subspan(sizeof(wire));
  return true;
}

}  // namespace

AnaLog AnaLog::parse(std::span<const std::byte> log) {
  AnaLog result;
  nvme::AnaLogHeader header;
  if (!take(log, header)) {
    return result;
  }
  result.change_count_ = header.change_count;
  nvme::AnaGroupDescriptor group;
  for (uint32_t groups = header.group_count; groups != 0 && take(log, group); --groups) {
    result.by_group_[group.group] = state_of_wire(group.state);
    le32 nsid;
    for (uint32_t left = group.namespace_count; left != 0 && take(log, nsid); --left) {
      result.group_of_[nsid] = group.group;
    }
  }
  return result;
}

PathAnaState AnaLog::state_of(uint32_t nsid, uint32_t group) const {
  if (const auto told = group_of_.find(nsid); told != group_of_.end()) {
    group = told->second;
  }
  const auto state = by_group_.find(group);
  return state != by_group_.end() ? state->second : PathAnaState::Optimized;
}

std::set<uint32_t> AnaLog::changing() const {
  std::set<uint32_t> groups;
  for (const auto& [group, state] : by_group_) {
    if (state == PathAnaState::Change) {
      groups.insert(group);
    }
  }
  return groups;
}

}  // namespace outrigger::nvme_host
