// CoreNamespaces: one data core's channels to the namespaces of one subsystem, shared by the subsystem's I/O queues on
// that core. Made and destroyed by control; everything else happens on the core's thread.
#pragma once

#include "base/result.h"
#include "block/device.h"
#include "core/reactor.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::nvme {

class CoreNamespaces {
 public:
  struct Entry {
    std::unique_ptr<block::Channel> channel;
    uint32_t block_bytes = 0;
    uint8_t block_shift = 0;
  };

  CoreNamespaces(core::Reactor& reactor, uint32_t nsid_max) : reactor_(reactor), entries_(nsid_max) {}
  // All namespaces must have been removed.
  ~CoreNamespaces();
  CoreNamespaces(const CoreNamespaces&) = delete;
  CoreNamespaces& operator=(const CoreNamespaces&) = delete;

  [[nodiscard]] core::Reactor& reactor() const noexcept { return reactor_; }

  // -- on the core's thread
  // Opens this core's channel. The namespace must not be there yet.
  Result<void> add(uint32_t nsid, block::Device& device);
  // Closes it; no queue of this core may have a command at work on it any more.
  void remove(uint32_t nsid);
  // nullptr: not there. Valid until it is removed.
  [[nodiscard]] Entry* find(uint32_t nsid) noexcept {
    Entry* const entry = nsid - 1 < entries_.size() ? &entries_[nsid - 1] : nullptr;
    return entry != nullptr && entry->channel != nullptr ? entry : nullptr;
  }

 private:
  core::Reactor& reactor_;
  std::vector<Entry> entries_;
};

}  // namespace outrigger::nvme
