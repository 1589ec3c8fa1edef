#include "nvme_tcp/group.h"

#include "base/check.h"
#include "nvme/peer_network.h"
#include "nvme_tcp/connection.h"
#include "nvme_tcp/limits.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme_tcp {

Group::~Group() { check(connection_count_ == 0, "a group goes after its connections"); }

void Group::join(Connection& connection, std::string_view peer) {
  if (pool_ == nullptr) {
    pool_ = std::make_unique<DataPool>(pool_bytes_);
    segments_ = std::make_unique<SegmentPool>();
  }
  if (connection_count_++ == 0) {
    reactor_.add(*this);
  }
  // So that nothing allocates later.
  hot_.reserve(hot_connections_max);
  marked_.reserve(2 * connection_count_);
  waiting_.reserve(connection_count_);
  std::string network = nvme::network_of(std::string(nvme::address_of(peer)));
  NetworkShare& share = networks_[network];
  ++share.connection_count;
  connection.group_link = {.network = std::move(network), .share = &share};
}

void Group::leave(Connection& connection) noexcept {
  std::erase(hot_, &connection);
  stop_waiting(connection);
  check(connection.group_link.share->favoured != &connection, "who leaves is not its network's favoured one");
  std::ranges::replace(marked_, &connection, nullptr);
  if (--connection.group_link.share->connection_count == 0) {
    check(connection.group_link.share->held.is_empty(), "a connection leaves with every buffer given back");
    networks_.erase(connection.group_link.network);
  }
  connection.group_link = {};
  if (--connection_count_ == 0) {
    std::erase(marked_, nullptr);
    reactor_.remove(*this);
  }
}

void Group::heat(Connection& connection) noexcept {
  GroupLink& link = connection.group_link;
  link.hot_until_ns = reactor_.turn_ns() + hot_ns;
  if (!link.is_hot && hot_.size() < hot_connections_max) {
    link.is_hot = true;
    hot_.push_back(&connection);
  }
}

void Group::mark(Connection& connection) noexcept {
  if (!connection.group_link.is_marked) {
    connection.group_link.is_marked = true;
    marked_.push_back(&connection);
  }
}

void Group::wait_for_room(Connection& connection, Served why) noexcept {
  lacks_room_ = lacks_room_ || why == Served::NoRoom;
  if (!connection.group_link.waits_for_room) {
    connection.group_link.waits_for_room = true;
    waiting_.push_back(&connection);
  }
}

void Group::stop_waiting(Connection& connection) noexcept {
  if (connection.group_link.waits_for_room) {
    connection.group_link.waits_for_room = false;
    std::erase(waiting_, &connection);
    has_new_room_ = true;  // it may have been the one whom the others waited behind
  }
}

uint32_t Group::poll(uint64_t now_ns) noexcept {
  const uint32_t read = read_hot(now_ns);
  return read + serve_waiting() + serve_marked();
}

uint32_t Group::read_hot(uint64_t now_ns) noexcept {
  uint32_t work = 0;
  for (size_t i = 0; i < hot_.size();) {
    Connection& connection = *hot_[i];
    GroupLink& link = connection.group_link;
    if (connection.turn()) {
      link.hot_until_ns = now_ns + hot_ns;
      ++work;
    } else if (now_ns >= link.hot_until_ns) {
      link.is_hot = false;
      hot_[i] = hot_.back();
      hot_.pop_back();
      continue;
    }
    ++i;
  }
  return work;
}

uint32_t Group::serve_waiting() noexcept {
  if (!has_new_room_) {
    return 0;
  }
  has_new_room_ = lacks_room_ = false;
  uint32_t work = 0;
  // One command of each in turn. Who cannot be served keeps its place, and others go first: all of them past who has
  // had its share, and those that need little past who waits for more than there is.
  size_t kept = 0;
  for (size_t rounds = waiting_.size(); rounds != 0; --rounds) {
    Connection& connection = *waiting_[kept];
    const Served served = connection.serve_waiting_slot();
    if (served != Served::Yes) {
      lacks_room_ = lacks_room_ || served == Served::NoRoom;
      ++kept;
      continue;
    }
    ++work;
    mark(connection);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(kept));
    if (connection.waits_for_room()) {
      waiting_.push_back(&connection);
      has_new_room_ = true;
    } else {
      connection.group_link.waits_for_room = false;
    }
  }
  return work;
}

uint32_t Group::serve_marked() noexcept {
  // Those that are marked meanwhile have their turn in the next one.
  const size_t count = marked_.size();
  for (size_t i = 0; i < count && i < marked_.size(); ++i) {
    if (Connection* const connection = marked_[i]) {
      connection->group_link.is_marked = false;
      marked_[i] = nullptr;
      connection->service();
    }
  }
  marked_.erase(marked_.begin(), marked_.begin() + static_cast<std::ptrdiff_t>(std::min(count, marked_.size())));
  return static_cast<uint32_t>(count);
}

// Every connection is in epoll, level triggered, with what it waits for: what came meanwhile wakes the core.
bool Group::prepare_sleep() noexcept { return marked_.empty() && (waiting_.empty() || !has_new_room_); }

GroupSet::GroupSet(core::Reactor& control, std::span<core::Reactor* const> data_cores) {
  groups_.push_back(std::make_unique<Group>(control, control_pool_bytes, true));
  for (core::Reactor* const core : data_cores) {
    if (core != &control) {
      groups_.push_back(std::make_unique<Group>(*core, data_pool_bytes, false));
    }
  }
}

Group& GroupSet::of(const core::Reactor& reactor) noexcept {
  const auto at = std::ranges::find_if(groups_, [&](const auto& group) { return &group->reactor() == &reactor; });
  check(at != groups_.end(), "a queue's home is one of the transport's cores");
  return **at;
}

}  // namespace outrigger::nvme_tcp
