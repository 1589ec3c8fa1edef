#include "nvme/core_namespaces.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace outrigger::nvme {

CoreNamespaces::~CoreNamespaces() {
  check(std::ranges::all_of(entries_, [](const Entry& entry) { return entry.channel == nullptr; }),
        "namespaces are removed before their core's channels go");
}

Result<void> CoreNamespaces::add(uint32_t nsid, block::Device& device) {
  check(nsid - 1 < entries_.size() && find(nsid) == nullptr, "a namespace is added once");
  OR_ASSIGN(auto channel, device.open_channel(reactor_));
  const uint32_t block_bytes = device.fixed_geometry().block_size;
  entries_[nsid - 1] = {.channel = std::move(channel),
                        .block_bytes = block_bytes,
                        .block_shift = static_cast<uint8_t>(std::countr_zero(block_bytes))};
  return {};
}

void CoreNamespaces::remove(uint32_t nsid) {
  check(find(nsid) != nullptr, "a namespace is removed after it was added");
  entries_[nsid - 1] = {};
}

}  // namespace outrigger::nvme
