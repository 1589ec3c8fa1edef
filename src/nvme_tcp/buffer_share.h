// Who may have how many of a core's data buffers. A host that takes its time keeps what it holds, so nobody may come to
// hold so much that others do not go on: a network's limit is a part of what is still free, which sinks as buffers go,
// and what one connection may have is a part of what its network still may.
#pragma once

#include "nvme_tcp/data_pool.h"
#include "nvme_tcp/limits.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace outrigger::nvme_tcp {

// Data buffers that somebody holds.
struct HeldBuffers {
  std::array<uint32_t, DataPool::kinds> counts{};

  [[nodiscard]] uint32_t& of(BufferKind kind) noexcept { return counts[static_cast<size_t>(kind)]; }
  [[nodiscard]] uint32_t of(BufferKind kind) const noexcept { return counts[static_cast<size_t>(kind)]; }
  [[nodiscard]] bool is_empty() const noexcept { return counts == decltype(counts){}; }
};

// What came of giving buffers to a command. OverShare: its connection or its network has to give some back first.
// NoRoom: it is entitled to large ones, and there are not enough. Behind: others wait for large ones already, or its
// own connection's commands do.
enum class Served : uint8_t { Yes, OverShare, NoRoom, Behind };

// Of one connection, as things are.
struct BufferClaim {
  const DataPool& pool;
  const HeldBuffers& connection;
  const HeldBuffers& network;
  bool is_control_work = false;  // admin, or of a host that is not let in yet: any stranger may have a controller
  bool lacks_room = false;       // somebody entitled waits for large buffers
  // It holds no large buffers, waits for some, and of its network it is the one whose turn it is to have them past the
  // network's share: others of the network, who need less, may always hold a few.
  bool is_favoured = false;

  // Never Behind another command of its own connection: that is the connection's to see.
  [[nodiscard]] Served judge(BufferNeed need) const noexcept {
    const bool is_open = need.kind == BufferKind::Small || !lacks_room;
    return is_open && is_within_share(need) ? Served::Yes : judge_beyond_share(need);
  }

 private:
  // But for the reserve of small ones.
  [[nodiscard]] uint32_t free_count(BufferKind kind) const noexcept {
    const uint32_t free = pool.free_count(kind);
    return kind == BufferKind::Large ? free : free - std::min(free, reserve_buffers);
  }
  // What a network may hold when so many are free.
  [[nodiscard]] uint32_t limit_of(uint32_t free) const noexcept {
    return is_control_work ? free / control_share_divisor : free / pool_share_divisor;
  }
  // Then there are enough, too.
  [[nodiscard]] bool is_within_share(BufferNeed need) const noexcept {
    const uint32_t free = free_count(need.kind);
    const uint32_t limit = limit_of(free);
    const uint32_t theirs = network.of(need.kind);
    return theirs + need.count <= limit &&
           connection.of(need.kind) + need.count <= connection_share_factor * (limit - theirs);
  }
  [[nodiscard]] Served judge_beyond_share(BufferNeed need) const noexcept;
};

}  // namespace outrigger::nvme_tcp
