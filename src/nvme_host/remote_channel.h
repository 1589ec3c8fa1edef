// RemoteChannel: one data core's way to a remote namespace: it turns requests into commands, chooses a path for each,
// and sees every request to its end whatever happens to the paths.
//
// What the seam promises, and how it is kept when paths break:
//
// - Requests in flight may complete in any order, and a change that was not acknowledged yet may take effect at any
//   moment until then. So requests need no order among each other here, and a request that is sent again may overtake.
// - A change that was acknowledged stays until a later one. A later read, on whatever path, sees it: controllers of one
//   subsystem show one namespace, so whatever one of them acknowledged is there for all.
// - The danger is a change W1 whose path broke before it was answered. Its controller may still execute it, late. When
//   W1 was sent again elsewhere and acknowledged, and then W2 to the same blocks was acknowledged, a late W1 would undo
//   W2. The same holds when W1 was reported as failed and the front end goes on. Therefore an unanswered change is
//   neither sent again nor reported before the controller at the end of the broken path must have stopped (hold_ns of
//   the lane, decision 0012). Until then W1 is in flight, and everything else goes on: no other request waits for it.
// - What a controller answered, with whatever status, it has done with: that is sent again without waiting for it. So
//   are reads and flushes, which change nothing. It may have done a part of it, where the status does not say that the
//   command was not processed (remote_status.cc); a change that is repeated makes that good.
// - A pair of Compare and Write that may have been executed and then does not compare may have failed on its own data:
//   its outcome is unknown and said to be an IoError, never a Miscompare. A copy onto a part of its own source is not
//   sent twice for the same reason.
// - A request that nobody wants any more (Channel::abandon()) is not sent again. It ends at once when no controller can
//   have it, else when it was answered or its hold is over: until then something may come of it.
//
// On the data core where it was opened; control reaches it by messages only.
#pragma once

#include "base/intrusive.h"
#include "block/device.h"
#include "core/reactor.h"
#include "nvme_host/path_selector.h"
#include "nvme_host/remote_slot.h"
#include "nvme_host/remote_table.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::nvme_host {

class RemoteNamespace;
struct Verdict;

// How control finds a channel: `channel` is looked at on the core only, and nullptr once it is closed.
struct ChannelLink {
  RemoteChannel* channel = nullptr;
  core::Reactor& reactor;
  size_t core;  // the index in the list of data cores
};

// A table that commands in flight refer to.
struct LiveTable {
  std::shared_ptr<const PathTable> table;
  uint32_t users = 0;
};

class RemoteChannel final : public block::Channel {
 public:
  RemoteChannel(RemoteNamespace& device, core::Reactor& reactor, std::shared_ptr<ChannelLink> link,
                std::shared_ptr<const PathTable> table, uint32_t slot_count);
  ~RemoteChannel() override;

  // A new table holds from now on.
  void update(std::shared_ptr<const PathTable> table);

 protected:
  void do_submit(block::Request& request) noexcept override;
  void do_expedite() noexcept override;
  void do_abandon() noexcept override;

 private:
  // How an attempt to send went.
  enum class Sent : uint8_t {
    Yes,
    Full,         // a path is there, but has no room
    NoPath,       // none can be used now
    Unsupported,  // no path can do this, live or not
    TooLarge,     // or not as much in one command, and it cannot be cut
  };
  struct LaneState {
    uint64_t avoid_until_ns = 0;  // its controller answered with a path error
  };

  static void command_done(Command& command) noexcept;
  [[nodiscard]] uint64_t now_ns() const noexcept { return reactor_.turn_ns(); }
  [[nodiscard]] const PathTable& table() const noexcept { return *current_->table; }

  [[nodiscard]] bool try_start(block::Request& request) noexcept;
  [[nodiscard]] Sent send(RemoteSlot& slot) noexcept;
  [[nodiscard]] Sent send_to_one_of(RemoteSlot& slot, uint32_t lanes) noexcept;
  [[nodiscard]] Sent send_on(RemoteSlot& slot, uint32_t lane_index) noexcept;
  [[nodiscard]] bool submit(RemoteSlot& slot, PathQueue& queue) noexcept;
  [[nodiscard]] bool is_usable(const PathLane& lane) const noexcept;
  void note_path(Sent sent) noexcept;
  // When patience ends that began at `since_ns` (0: it has not begun).
  [[nodiscard]] uint64_t deadline_ns(uint64_t since_ns) const noexcept;

  void came_back(RemoteSlot& slot) noexcept;
  void count(const RemoteSlot& slot, const PathLane& lane, nvme::Status status) noexcept;
  void step_succeeded(RemoteSlot& slot) noexcept;
  void step_failed(RemoteSlot& slot, const PathLane& lane, nvme::Status status) noexcept;
  // False: it was too often or too long, and the request has ended.
  [[nodiscard]] bool retry_path(RemoteSlot& slot, const PathLane& lane) noexcept;
  [[nodiscard]] bool retry_later(RemoteSlot& slot, const PathLane& lane, const Verdict& verdict,
                                 nvme::Status status) noexcept;
  void go_on(RemoteSlot& slot) noexcept;
  void wait_for_path(RemoteSlot& slot) noexcept;
  void park(RemoteSlot& slot, uint64_t due_ns) noexcept;
  // Ends the request, when nothing of it can be executed any more.
  void end(RemoteSlot& slot, block::Status outcome) noexcept;
  void finish(RemoteSlot& slot, block::Status outcome) noexcept;

  // Sends what waits and can go, fails what waited too long, and arms the timer for the rest.
  void wake() noexcept;
  void wake_parked() noexcept;
  void wake_waiting() noexcept;
  void arm() noexcept;
  void drop_user(LiveTable& table) noexcept;

  core::Reactor& reactor_;
  const uint32_t block_size_;
  const bool has_write_cache_;
  std::shared_ptr<ChannelLink> link_;
  std::unique_ptr<LiveTable> current_;
  std::vector<std::unique_ptr<LiveTable>> retired_;  // commands in flight still refer to them
  std::array<LaneState, paths_max> lane_states_;     // by number of the path
  PathSelector selector_;

  std::vector<RemoteSlot> slots_;
  IntrusiveQueue<RemoteSlot> free_;
  IntrusiveQueue<RemoteSlot> parked_;  // wait for a time or for a path
  std::vector<PairIov> pairs_;
  IntrusiveQueue<PairIov> free_pairs_;
  IntrusiveQueue<block::Request> waiting_;  // have no slot yet, oldest first; the callers' own memory bounds it
  bool is_waiting_for_path_ = false;        // the oldest of waiting_ found none; otherwise no room
  uint64_t parked_due_ns_ = UINT64_MAX;     // the earliest of parked_, or earlier
  uint64_t no_path_since_ns_ = 0;           // 0: the latest look found one
  uint64_t no_path_seen_ns_ = 0;            // the latest look that found none
  core::Timer timer_;
};

}  // namespace outrigger::nvme_host
