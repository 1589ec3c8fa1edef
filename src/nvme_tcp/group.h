// Group: the connections that one core serves. It reads those that had data lately without asking; the others wait in
// epoll. It registers with the reactor when its first connection comes and leaves with the last.
#pragma once

#include "base/log.h"
#include "core/reactor.h"
#include "nvme_tcp/buffer_share.h"
#include "nvme_tcp/data_pool.h"
#include "nvme_tcp/receive_buffer.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace outrigger::nvme_tcp {

class Connection;

// What the connections of one network hold of a core's buffers.
struct NetworkShare {
  HeldBuffers held;
  uint32_t connection_count = 0;
  // Whose turn it is to go beyond the network's share (BufferClaim::is_favoured): from when it waits until its large
  // buffers have come back or it ends.
  const Connection* favoured = nullptr;
};

// A connection's places in its group.
struct GroupLink {
  std::string network;
  NetworkShare* share = nullptr;
  bool is_hot = false;
  bool is_marked = false;
  bool waits_for_room = false;
  uint64_t hot_until_ns = 0;
};

class Group final : private core::Poller {
 public:
  Group(core::Reactor& reactor, size_t pool_bytes, bool is_control)
      : reactor_(reactor), pool_bytes_(pool_bytes), is_control_(is_control) {}
  // Every connection has left.
  ~Group() override;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  [[nodiscard]] core::Reactor& reactor() const noexcept { return reactor_; }

  // -- on the reactor's thread
  // Set-up of a connection: what is needed for it is allocated here. `peer`: "address:port".
  void join(Connection& connection, std::string_view peer);
  void leave(Connection& connection) noexcept;

  // Read without asking for a while.
  void heat(Connection& connection) noexcept;
  // service() is called soon.
  void mark(Connection& connection) noexcept;
  // serve_waiting_slot() is called after serve_waiting_soon(), in the order in which the connections began to wait.
  void wait_for_room(Connection& connection, Served why) noexcept;
  // It ends: its commands are no more.
  void stop_waiting(Connection& connection) noexcept;
  // Somebody whose share it is waits for more large buffers than there are: only who needs little overtakes. Who has
  // had its share holds nobody up.
  [[nodiscard]] bool lacks_room() const noexcept { return lacks_room_; }
  [[nodiscard]] bool is_control() const noexcept { return is_control_; }

  [[nodiscard]] DataPool& pool() noexcept { return *pool_; }
  [[nodiscard]] SegmentPool& segments() noexcept { return *segments_; }
  // Buffers came back, or somebody's turn has come to have more of them.
  void serve_waiting_soon() noexcept { has_new_room_ = true; }
  // Of what hosts can make us say.
  [[nodiscard]] bool may_log() noexcept { return limiter_.admit(reactor_.turn_ns()); }

 private:
  uint32_t poll(uint64_t now_ns) noexcept override;
  bool prepare_sleep() noexcept override;
  void wake() noexcept override {}
  uint32_t read_hot(uint64_t now_ns) noexcept;
  uint32_t serve_waiting() noexcept;
  uint32_t serve_marked() noexcept;

  core::Reactor& reactor_;
  const size_t pool_bytes_;
  const bool is_control_;
  std::unique_ptr<DataPool> pool_;  // from the first connection on
  std::unique_ptr<SegmentPool> segments_;
  std::unordered_map<std::string, NetworkShare> networks_;
  size_t connection_count_ = 0;
  std::vector<Connection*> hot_;
  std::vector<Connection*> marked_;   // nullptr: has left
  std::vector<Connection*> waiting_;  // oldest first
  bool has_new_room_ = false;
  bool lacks_room_ = false;
  log::Limiter limiter_;
};

// The groups of all cores, and which is whose.
class GroupSet {
 public:
  // All borrowed.
  GroupSet(core::Reactor& control, std::span<core::Reactor* const> data_cores);
  [[nodiscard]] Group& control() noexcept { return *groups_.front(); }
  // One of the reactors it was made for.
  [[nodiscard]] Group& of(const core::Reactor& reactor) noexcept;

 private:
  std::vector<std::unique_ptr<Group>> groups_;
};

}  // namespace outrigger::nvme_tcp
