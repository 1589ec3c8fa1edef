// How remote NVMe controllers, the paths to them and the namespaces found there become real.
#pragma once

#include "apply/remote.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::apply {

// The remote controllers there are, by id. Control reactor only. Outlives the table of volumes, which borrows devices
// from here.
class RemoteTable {
 public:
  RemoteTable(Cores cores, VolumeTable& volumes, HostIdentity identity,
              nvme_host::RemoteController::PathFactory make_path);
  // close_all() must have ended.
  ~RemoteTable() = default;
  RemoteTable(const RemoteTable&) = delete;
  RemoteTable& operator=(const RemoteTable&) = delete;

  // The model, before anything is realised.
  void set_rows(model::FoundRows& rows);
  // nullptr: it is not realised (yet).
  [[nodiscard]] Remote* find(std::string_view id) noexcept;
  Remote& add(std::string id, RemoteSpec spec);
  // Takes a closed one away.
  void remove(std::string_view id);
  // Something was deleted: a namespace that nobody uses any more may go.
  void look_again();
  // Why requests to `device` wait or fail at present; empty: they do not, or it is none of ours.
  [[nodiscard]] std::string trouble_of(const block::Device& device) const;
  // Paths by their resources' names, with what they did.
  [[nodiscard]] std::vector<std::pair<std::string, nvme_host::PathStatistics>> paths() const;

  // Whoever waits for a connection is told that there will be none. Before close_all().
  void begin_stop() noexcept { world_.is_stopping = true; }
  // Ends all paths; devices stay until the destruction.
  core::Job<void> close_all();

  [[nodiscard]] RemoteWorld& world() noexcept { return world_; }

 private:
  RemoteWorld world_;
  std::map<std::string, std::unique_ptr<Remote>, std::less<>> remotes_;
};

class RemoteControllerHooks final : public model::Hooks {
 public:
  explicit RemoteControllerHooks(RemoteTable& table) : table_(table) {}
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void describe(const model::Intent& intent, model::Message& view) override;
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;
  Result<void> reset(const model::Intent& intent) override;

 private:
  RemoteTable& table_;
};

class NvmePathHooks final : public model::Hooks {
 public:
  explicit NvmePathHooks(RemoteTable& table) : table_(table) {}
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void describe(const model::Intent& intent, model::Message& view) override;
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;

 private:
  RemoteTable& table_;
};

class RemoteNamespaceHooks final : public model::Hooks {
 public:
  explicit RemoteNamespaceHooks(RemoteTable& table) : table_(table) {}
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void describe(const model::Intent& intent, model::Message& view) override;
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;

 private:
  RemoteTable& table_;
};

}  // namespace outrigger::apply
