// How discoveries become real, and the desk where a discovery controller is asked once.
#pragma once

#include "apply/discovery.h"
#include "model/lifecycle.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace outrigger::apply {

class NvmeDiscoveryHooks final : public model::Hooks {
 public:
  // `pace`: that of all other paths.
  NvmeDiscoveryHooks(core::Reactor& control, HostIdentity identity, DiscoveryWorld::MakeFeed make_feed,
                     std::shared_ptr<nvme_host::KeyExchangePace> pace);
  // close_all() must have ended.
  ~NvmeDiscoveryHooks() override = default;

  // The keys fit the names by which we and a discovery controller know them.
  Result<void> admit(const model::Intent& intent) override;
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void observe(const model::Intent& intent, model::Message& into) override;

  // The model, before anything is realised.
  void set_rows(model::FoundRows& rows) noexcept { world_.rows = &rows; }
  // Of every change in the model. Where something was deleted a path that nobody uses any more may go, or one to what
  // another no longer leads to come; where a remote controller has other keys it may get more paths.
  void changed(const model::Change& change);

  // DiscoverNvme: asks a discovery controller, once.
  core::Job<Result<std::unique_ptr<model::Message>>> ask(std::shared_ptr<const model::Message> request);

  // Whoever waits for an answer is told that there will be none. Before close_all().
  void begin_stop() noexcept;
  // Ends all connections; what was made stays.
  core::Job<void> close_all();

 private:
  DiscoveryWorld world_;
  std::map<std::string, std::unique_ptr<Discovery>, std::less<>> discoveries_;  // by id
  std::set<nvme_host::DiscoveryQuestion*> questions_;                           // under way
};

}  // namespace outrigger::apply
