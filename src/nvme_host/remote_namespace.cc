#include "nvme_host/remote_namespace.h"

#include "base/check.h"
#include "nvme_host/remote_channel.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme_host {

RemoteNamespace::RemoteNamespace(std::string name, block::Geometry geometry, uint32_t nsid,
                                 const NamespaceIdentity& identity, std::vector<core::Reactor*> cores,
                                 uint32_t slot_count)
    : Device(std::move(name), geometry),
      nsid_(nsid),
      identity_(identity),
      cores_(std::move(cores)),
      slot_count_(slot_count),
      tables_(cores_.size(), std::make_shared<PathTable>()) {}

RemoteNamespace::~RemoteNamespace() { check(links_.empty(), "a device is destroyed after its channels"); }

Result<std::unique_ptr<block::Channel>> RemoteNamespace::open_channel(core::Reactor& reactor) {
  const auto at = std::ranges::find(cores_, &reactor);
  if (at == cores_.end()) {
    return fail(Code::FailedPrecondition, "namespace {}: core {} has no queues of remote controllers", name(),
                reactor.name());
  }
  const auto core = static_cast<size_t>(at - cores_.begin());
  auto link = std::make_shared<ChannelLink>(ChannelLink{.channel = nullptr, .reactor = reactor, .core = core});
  std::shared_ptr<const PathTable> table;
  {
    // What is published from here on comes as a message.
    const std::lock_guard lock(mutex_);
    links_.push_back(link);
    table = tables_[core];
  }
  return std::make_unique<RemoteChannel>(*this, reactor, std::move(link), std::move(table), slot_count_);
}

void RemoteNamespace::publish(std::vector<std::shared_ptr<const PathTable>> tables) {
  const std::lock_guard lock(mutex_);
  tables_ = std::move(tables);
  for (const auto& link : links_) {
    // The link is there as long as the channel's core runs it; the channel may be closed before the message comes.
    link->reactor.post([link, table = tables_[link->core]]() mutable {
      if (link->channel != nullptr) {
        link->channel->update(std::move(table));
      }
    });
  }
}

void RemoteNamespace::channel_closed(const ChannelLink& link) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(links_, [&](const auto& known) { return known.get() == &link; });
}

}  // namespace outrigger::nvme_host
