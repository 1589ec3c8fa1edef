#include "nvme_tcp/buffer_share.h"

namespace outrigger::nvme_tcp {

Served BufferClaim::judge_beyond_share(BufferNeed need) const noexcept {
  const uint32_t theirs = network.of(need.kind);
  const uint32_t free = free_count(need.kind);
  if (need.kind == BufferKind::Small) {
    const bool is_first = need.count == 1 && connection.is_empty() && theirs < reserve_per_network_buffers;
    const bool has_reserved = is_first && pool.free_count(need.kind) != 0;
    const bool is_modest = theirs + need.count <= modest_buffers && need.count <= free;
    return has_reserved || is_modest ? Served::Yes : Served::OverShare;
  }
  if (theirs + need.count <= modest_buffers) {
    // Whoever waits for more has to wait a little longer.
    return need.count <= free ? Served::Yes : Served::NoRoom;
  }
  if (lacks_room) {
    return Served::Behind;
  }
  // A network that holds more than its share already holds nobody up.
  const bool may_go_beyond = theirs == 0 || (is_favoured && theirs <= std::max(limit_of(free), modest_buffers));
  if (!may_go_beyond) {
    return Served::OverShare;
  }
  // Such a one may be more than the share, as long as those who need little still find some.
  return need.count + pool.count(need.kind) / first_floor_divisor <= free ? Served::Yes : Served::NoRoom;
}

}  // namespace outrigger::nvme_tcp
