// RemoteController: all paths to one subsystem, and the namespaces that they show together (OPI's
// NvmeRemoteController).
//
// A namespace is joined over its paths by NSID and identity: a path that shows something else under a known NSID, or
// the same in another format, is not used for that namespace, and problems() says so. A path that is lost goes on
// counting as showing what it showed until it has Failed or is removed, but for what another path has shown to be gone
// or to be something else since it last looked itself; a namespace that no path shows any more has vanished.
//
// Control reactor. Life: construct → add_path() … → stop() → no channel is open any more → destroy.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "core/job.h"
#include "core/reactor.h"
#include "nvme_host/join_index.h"
#include "nvme_host/path.h"
#include "nvme_host/path_counters.h"
#include "nvme_host/remote_namespace.h"
#include "nvme_host/remote_options.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

// Hears of namespaces. Control reactor; may not add or remove paths, nor release namespaces, from inside.
class RemoteControllerObserver {
 public:
  virtual ~RemoteControllerObserver() = default;
  // A namespace is there for the first time, or again. Changes of its size come through block::DeviceObserver.
  virtual void namespace_added(RemoteNamespace& added) = 0;
  // It has vanished: its device fails requests. It stays until release(), and may be added again before.
  virtual void namespace_removed(RemoteNamespace& removed) = 0;
};

class RemoteController final : private PathObserver {
 public:
  using PathFactory = std::function<std::unique_ptr<Path>(PathOptions)>;

  // The reactors and the observer are borrowed. `make_path` is called by add_path(): make_tcp_path with what it needs.
  RemoteController(core::Reactor& control, std::vector<core::Reactor*> data_cores, RemoteOptions options,
                   RemoteControllerObserver& observer, PathFactory make_path);
  ~RemoteController() override;
  RemoteController(const RemoteController&) = delete;
  RemoteController& operator=(const RemoteController&) = delete;

  [[nodiscard]] const RemoteOptions& options() const noexcept { return options_; }
  // How paths are used, from now on: multipath, selection, fast_io_fail_ms, write_retry_hold_ms and retries_max of
  // `options`; the rest stays. Does not look at how many paths there are.
  void change(const RemoteOptions& options);

  // Begins to connect; path_statistics() tells how it goes. Fails with AlreadyExists (the name), FailedPrecondition
  // (multipath is disabled, or another subsystem) and ResourceExhausted (paths_max).
  // A path that takes the place of `predecessor` (a name; "": of none), which is removed next, counts as showing what
  // that one shows until it is live itself or has Failed: requests wait for it meanwhile.
  Result<void> add_path(PathOptions options, const std::string& predecessor = "");
  // Takes a path out of use, lets what is in flight on it finish (remove_drain_ns_max), and ends it. NotFound.
  core::Job<Result<void>> remove_path(std::string name);
  // All paths, one after the other. Namespaces vanish.
  core::Job<void> stop();
  // Every path gives its connection up and begins anew.
  void reset();

  // Every namespace that has not been released, vanished ones included.
  [[nodiscard]] std::vector<RemoteNamespace*> namespaces() const;
  // Its owner lets a vanished namespace go: it is destroyed. FailedPrecondition while it is there; no channel is open.
  Result<void> release(RemoteNamespace& vanished);
  // After releases: what the paths show and there was no room for is joined, as far as there is room now.
  void join_left_out();

  [[nodiscard]] std::vector<PathStatistics> path_statistics() const;
  // The controller at the end of a path that is live; nullptr: it is not.
  [[nodiscard]] const PathController* live_controller(const std::string& path) const noexcept;
  // How each live path that shows `device` reaches it.
  struct Reach {
    std::string path;
    PathAnaState ana = PathAnaState::Optimized;
  };
  [[nodiscard]] std::vector<Reach> reach_of(const RemoteNamespace& device) const;
  // What is wrong with what the paths show, a sentence each; empty: nothing.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  struct Entry {
    uint32_t number = 0;
    std::unique_ptr<Path> path;
    std::unique_ptr<const PathController> inherited;  // of the predecessor, whose `shown` this has until it was live
    bool is_live = false;
    bool is_refused = false;                              // its controller cannot be what it says: not used
    bool is_leaving = false;                              // remove_path() is at work
    std::vector<PathNamespace> shown;                     // lately; empty when nothing is known or it has failed
    std::vector<PathNamespace> shown_before;              // while it has news
    bool has_news = false;                                // the others have not heard what changed in `shown`
    std::set<uint32_t> doubted;                           // NSIDs in `shown` that another path belied since it looked
    std::vector<std::shared_ptr<PathCounters>> counters;  // by core
    std::vector<std::string> problems;
    uint32_t left_out_count = 0;  // of what it shows, for want of room
    uint32_t left_out_nsid = 0;   // one of those
  };
  // A path that shows a namespace.
  struct Claim {
    Entry* entry;
    PathNamespace shown;
  };
  struct Known {
    std::unique_ptr<RemoteNamespace> device;
    std::vector<Claim> claims;
    std::vector<Claim> next;  // while they are joined anew
  };

  void path_live(Path& path) override;
  void path_down(Path& path, const std::string& why) override;
  void path_namespaces_changed(Path& path) override;
  void path_ana_changed(Path& path) override;

  [[nodiscard]] Entry* entry_of(const Path& path) noexcept;
  [[nodiscard]] Entry* entry_of(const std::string& name) const noexcept;
  [[nodiscard]] bool is_drained(const Entry& entry) const noexcept;
  void judge_controllers();
  void look(Entry& entry);
  void hear_news();
  void forget_doubted();
  // Joins everything anew after `news`, and tells everybody.
  void join();
  void join_all();
  void join_known(Entry& entry, std::vector<const PathNamespace*>& rest);
  void add_claim(Known& known, Entry& entry, const PathNamespace& shown);
  [[nodiscard]] Known* find_same(const PathNamespace& shown, bool is_present);
  [[nodiscard]] Known* find_taken(const PathNamespace& shown);
  void join_new(Entry& entry, const PathNamespace& shown);
  void make_namespace(Entry& entry, const PathNamespace& shown);
  void settle(Known& known, std::vector<RemoteNamespace*>& added, std::vector<RemoteNamespace*>& removed);
  void follow_size(Known& known);
  void publish(Known& known);
  static void inherit(Entry& heir, const Entry& predecessor);
  [[nodiscard]] static const PathController& controller_of(const Entry& entry) noexcept;
  [[nodiscard]] PathLane lane_of(const Claim& claim, const RemoteNamespace& device, size_t core) const;
  [[nodiscard]] uint64_t hold_ns(const Entry& entry) const noexcept;
  [[nodiscard]] uint64_t give_up_ns() const noexcept;
  void complain(Entry& entry, std::string what);
  void tell_problems(const std::set<std::string>& before);

  core::Reactor& control_;
  const std::vector<core::Reactor*> data_cores_;
  RemoteOptions options_;
  RemoteControllerObserver& observer_;
  const PathFactory make_path_;
  std::vector<std::unique_ptr<Entry>> entries_;  // in the order of their numbers
  std::vector<Known> known_;
  JoinIndex index_;                                                           // of known_, while it is joined anew
  std::map<const Entry*, std::map<uint32_t, const PathNamespace*>> by_nsid_;  // what entries show, while joining
  log::Limiter limiter_;
};

}  // namespace outrigger::nvme_host
