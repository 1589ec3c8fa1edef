// What the paths' controllers say of a namespace, judged and boiled down: may it be a device, and what is that like?
#pragma once

#include "base/result.h"
#include "block/device.h"
#include "nvme_host/path.h"
#include "nvme_host/remote_table.h"

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>

namespace outrigger::nvme_host {

// A size and a block size that a device can have; otherwise why not. Nothing a controller says is believed before.
[[nodiscard]] Result<void> check_format(const PathNamespace& shown);
// What changed in what a path's controller shows, as far as it is about what other paths show. Borrows both lists.
class NamespaceNews {
 public:
  NamespaceNews(std::span<const PathNamespace> before, std::span<const PathNamespace> now);
  // `claim`, of another path, was shown by this one as well and is not any more; or something else is newly shown under
  // its NSID, or it is under another NSID: an NSID is one namespace, and an identity has one NSID.
  [[nodiscard]] bool belies(const PathNamespace& claim) const;

 private:
  using Identifiers = std::tuple<std::array<uint8_t, 16>, std::array<uint8_t, 16>, std::array<uint8_t, 8>>;
  using ByNsid = std::unordered_map<uint32_t, const PathNamespace*>;

  [[nodiscard]] static bool is_same(const PathNamespace* one, const PathNamespace& other) noexcept;
  [[nodiscard]] static const PathNamespace* find(const ByNsid& list, uint32_t nsid) noexcept;

  ByNsid before_;
  ByNsid now_;
  std::set<Identifiers> news_;
};
// The bits of capability: of a controller and, with it, of a namespace.
[[nodiscard]] uint8_t capabilities_of(const PathController& controller, const PathNamespace& shown) noexcept;
// Blocks of one command: of one that moves data (never more than transfer_bytes_default without a limit of the
// controller's, nor more than a device of `block_bytes` can ask for), and of those that do not.
[[nodiscard]] uint32_t transfer_blocks_max(const PathController& controller, uint32_t block_bytes) noexcept;
[[nodiscard]] uint32_t zeroes_blocks_max(const PathController& controller, uint32_t block_bytes) noexcept;
[[nodiscard]] uint32_t discard_blocks_max(const PathController& controller) noexcept;
[[nodiscard]] uint32_t copy_blocks_max(const PathController& controller, const PathNamespace& shown) noexcept;
// Fills in what a lane takes at a time, and can do.
void limit_lane(const PathController& controller, const PathNamespace& shown, uint32_t block_bytes, PathLane& lane);
// What a device over controllers like these promises for life: what all of them can do.
[[nodiscard]] block::Geometry geometry_of(const PathNamespace& shown, std::span<const PathController* const> all);

}  // namespace outrigger::nvme_host
