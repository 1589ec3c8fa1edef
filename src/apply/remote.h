// Remote: one remote NVMe controller (a subsystem of somebody else's) with all our paths to it, and the care for the
// resources of its namespaces: what the target shows becomes a row of the model, what it shows no more goes when nobody
// uses it. Control reactor only.
//
// One thing at a time: whoever changes paths, and the care for the namespaces, take turns (enter(), leave()). A path
// that is added is waited for outside of the turns: a target that takes its time keeps nothing else at this one
// waiting.
#pragma once

#include "apply/disk.h"
#include "apply/host_identity.h"
#include "apply/remote_keys.h"
#include "apply/volume_table.h"
#include "base/counted_limiter.h"
#include "model/hooks.h"
#include "nvme_host/remote_controller.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "storage/backend_nvme.pb.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace outrigger::apply {

// From the end of one round of care for the namespaces' resources to the next, whatever the target shows meanwhile; and
// namespaces that are gone and let go of in one turn of the reactor.
inline constexpr uint64_t remote_round_pause_ns = 100'000'000;
inline constexpr size_t remote_releases_per_turn_max = 32;
// For all that a first connection takes, from TCP to the last I/O queue, while it goes on: shorter than our own command
// line waits for an answer (120 s). connect_timeout_ms, where that is longer.
inline constexpr uint64_t remote_connect_ns_max = 100'000'000'000;
// Lines in the log that one target causes in ten seconds.
inline constexpr uint32_t remote_lines_max = 32;

// What all remote controllers share. The model comes after the hooks: `rows` is set before anything is realised.
struct RemoteWorld {
  Cores cores;
  VolumeTable& volumes;
  HostIdentity identity;
  nvme_host::RemoteController::PathFactory make_path;
  // Key exchanges of all paths together have a bounded part of the control reactor's time.
  std::shared_ptr<nvme_host::KeyExchangePace> pace = std::make_shared<nvme_host::KeyExchangePace>();
  model::FoundRows* rows = nullptr;
  bool is_stopping = false;
};

// What a remote controller shall be.
struct RemoteSpec {
  opi_api::storage::v1::NvmeRemoteController controller;
  outrigger::v1::NvmeRemoteControllerOptions options;

  [[nodiscard]] nvme_host::RemoteOptions plane_options(const std::string& id) const;
  // Of a path that is called `name` on the plane. An error: keys that do not fit it.
  [[nodiscard]] Result<nvme_host::PathOptions> path_options(std::string name,
                                                            const opi_api::storage::v1::NvmePath& path,
                                                            const HostIdentity& identity) const;
  // Must connections be made anew to go from `other` to this?
  [[nodiscard]] bool has_other_connections(const RemoteSpec& other) const;
};

class Remote final : private nvme_host::RemoteControllerObserver {
 public:
  using Path = opi_api::storage::v1::NvmePath;
  using Namespace = opi_api::storage::v1::NvmeRemoteNamespace;

  Remote(RemoteWorld& world, std::string id, RemoteSpec spec);
  // close() must have ended.
  ~Remote() override;
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  // Makes it another: the policy at once, connections one after the other, each new one live before the old one goes.
  // On an error it is as it was.
  core::Job<Result<void>> change(RemoteSpec spec);
  // Adds a path. `waits`: until it is live and its namespaces are volumes; a path that does not come up is taken away
  // again. Otherwise it is tried until it comes up, for ever.
  core::Job<Result<void>> add_path(std::string id, Path path, bool waits);
  // With the last path go the namespaces. FAILED_PRECONDITION: a namespace that somebody uses would be left without a
  // live path that it has now.
  core::Job<Result<void>> remove_path(std::string id);
  // Every path begins anew, one after the other, soon: a live one by another connection that is live before the old one
  // goes, so that nothing is left unanswered; when that cannot be had, without it.
  void reset();
  // Ends all paths. The namespaces' devices stay until the destruction.
  core::Job<void> close();
  // Something has changed that may let a namespace go which somebody used.
  void look_again();

  [[nodiscard]] const RemoteSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] std::vector<std::string> path_ids() const;
  [[nodiscard]] size_t path_count() const noexcept { return paths_.size(); }
  [[nodiscard]] size_t live_count() const;
  [[nodiscard]] std::vector<std::string> problems() const { return plane_.problems(); }
  [[nodiscard]] std::string hostnqn() const;
  // Of the path of this id; none: it is not there.
  [[nodiscard]] std::optional<nvme_host::PathStatistics> statistics_of(std::string_view path_id) const;
  [[nodiscard]] const nvme_host::PathController* controller_of(std::string_view path_id) const noexcept;
  // All namespaces together, those that are gone too.
  [[nodiscard]] model::VolumeCounters counters() const;
  // The device that a namespace's resource means and that the target shows; nullptr: there is none at the moment.
  [[nodiscard]] nvme_host::RemoteNamespace* find(const Namespace& wanted) const;
  // Those that the target shows, and those that it showed and that are in use.
  [[nodiscard]] std::vector<nvme_host::RemoteNamespace*> devices() const { return plane_.namespaces(); }
  // Does the target show a namespace under this number?
  [[nodiscard]] bool shows(uint32_t nsid) const;
  // Path ids and ANA states of the live paths to a device.
  struct Reach {
    std::string path_id;
    nvme_host::PathAnaState ana = nvme_host::PathAnaState::Optimized;
  };
  [[nodiscard]] std::vector<Reach> reach_of(const nvme_host::RemoteNamespace& device) const;
  // For what the target causes: may a line be written about it? The note says how many were not.
  [[nodiscard]] bool may_log() noexcept { return limiter_.admit(world_.cores.control.clock().now_ns()); }
  [[nodiscard]] std::string left_out_note() { return limiter_.left_out_note(); }

 private:
  using Rows = std::map<std::string, std::shared_ptr<const model::Message>>;
  // One round of care: the resources that there are, as this round changes them, and where identities are found.
  struct Round {
    Rows rows;
    std::unordered_map<std::string, std::string> keys;  // by identity, with the UUID and without
    std::set<std::string> shown;                        // keys of what the target shows
    bool is_settled = true;                             // the resources are what it shows, as far as they can be
  };
  struct PathEntry {
    Path wanted;
    std::string plane_name;               // changes when a path is replaced
    nvme_host::PathStatistics earlier{};  // what those did that it replaced
    bool is_awaited = false;              // add_path() waits for it, and may take it away again
  };

  void namespace_added(nvme_host::RemoteNamespace& added) override;
  void namespace_removed(nvme_host::RemoteNamespace& removed) override;

  core::Job<void> enter();
  void leave();
  void look_in(uint64_t ns);
  static core::Job<void> look_after(Remote* self);
  // True: the resources are what the target shows, as far as they can be.
  core::Job<bool> reconcile();
  core::Job<void> reconcile_one(nvme_host::RemoteNamespace* device, Round* round);
  core::Job<bool> lose_another(std::string key, Round* round);
  core::Job<void> lose_rows(Round* round);
  core::Job<Result<void>> lose_all();
  core::Job<void> release_vanished();
  [[nodiscard]] Result<void> check_not_needed(const std::string& path_id) const;
  [[nodiscard]] bool is_last_way(const nvme_host::RemoteNamespace& device, const std::string& path_id) const;
  [[nodiscard]] std::vector<nvme_host::RemoteNamespace*> some_vanished() const;
  [[nodiscard]] Rows rows() const;
  [[nodiscard]] Round begin_round() const;
  [[nodiscard]] bool has_volume(const std::string& key, const nvme_host::RemoteNamespace& device) const;
  void complain(const std::string& key, const Error& error);
  [[nodiscard]] bool is_ending() const noexcept { return is_closing_ || world_.is_stopping; }

  Result<void> begin_path(const std::string& plane_name, const Path& path, const std::string& predecessor = "");
  // Of the connection `plane_name` of the path; empty: of what stands for the path at each look.
  core::Job<Result<void>> await_live(std::string id, std::string plane_name);
  [[nodiscard]] std::optional<Result<void>> first_try_of(const std::string& plane_name) const;
  core::Job<Result<void>> end_adding(std::string id, Result<void> awaited);
  [[nodiscard]] size_t awaited_count() const;
  // `must_be_live`: a path that is live is replaced by one that is, or stays.
  core::Job<Result<void>> replace_path(std::string id, bool must_be_live);
  core::Job<Result<void>> replace_paths();
  core::Job<void> reset_paths();
  void allow_two_at_a_time(const RemoteSpec& spec);
  [[nodiscard]] std::string fresh_name(std::string_view path_id);
  [[nodiscard]] std::optional<nvme_host::PathStatistics> statistics(std::string_view plane_name) const;

  RemoteWorld& world_;
  const std::string id_;
  RemoteSpec spec_;
  nvme_host::RemoteController plane_;
  std::map<std::string, PathEntry, std::less<>> paths_;
  bool is_reset_wanted_ = false;
  model::VolumeCounters retained_;                 // of namespaces that are gone
  std::map<std::string, std::string> complaints_;  // by key: what was logged
  log::CountedLimiter limiter_{remote_lines_max};
  std::unordered_map<std::string, nvme_host::RemoteNamespace*> shown_;  // those that the target shows, by identity
  uint64_t round_ended_ns_ = 0;
  uint64_t generation_ = 0;
  core::Timer timer_;
  bool is_busy_ = false;
  bool is_closing_ = false;
};

// The identity that a namespace's resource keeps.
void fill_identity(const nvme_host::RemoteNamespace& device, opi_api::storage::v1::NvmeRemoteNamespace& out);

}  // namespace outrigger::apply
