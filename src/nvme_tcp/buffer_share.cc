#include "nvme_tcp/buffer_share.h"

#include "nvme_tcp/limits.h"

#include <algorithm>

namespace outrigger::nvme_tcp {

bool BufferClaim::is_within_share(BufferNeed need, uint32_t free) const noexcept {
  const uint32_t limit = free / (is_control_work ? control_share_divisor : pool_share_divisor);
  const uint32_t theirs = network.of(need.kind);
  return theirs + need.count <= limit &&
         connection.of(need.kind) + need.count <= connection_share_factor * (limit - theirs);
}

Served BufferClaim::judge(BufferNeed need) const noexcept {
  uint32_t free = pool.free_count(need.kind);
  const uint32_t theirs = network.of(need.kind);
  if (need.kind == BufferKind::Small) {
    if (need.count == 1 && free != 0 && connection.is_empty() && theirs < reserve_per_network_buffers) {
      return Served::Yes;
    }
    free -= std::min(free, reserve_buffers);
  }
  const bool has_room = need.count <= free;
  if (theirs + need.count <= modest_buffers) {
    // Whoever waits for more may have to wait a little longer: the others' share does not sink to this.
    return has_room ? Served::Yes : need.kind == BufferKind::Large ? Served::NoRoom : Served::OverShare;
  }
  if (need.kind == BufferKind::Large && lacks_room) {
    return Served::Behind;
  }
  if (has_room && is_within_share(need, free)) {
    return Served::Yes;
  }
  if (theirs != 0 || need.kind == BufferKind::Small) {
    return Served::OverShare;
  }
  // Its first one may be more than its share: as long as those who need little still find some.
  return need.count + pool.count(need.kind) / first_floor_divisor <= free ? Served::Yes : Served::NoRoom;
}

}  // namespace outrigger::nvme_tcp
