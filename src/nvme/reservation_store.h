// ReservationStore: where reservations that persist through power loss are kept. Control reactor; calls may wait for
// the disk, which is why hosts use them rarely.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrigger::nvme {

// A namespace that is removed from its subsystem leaves here what was kept: who owns it knows whether it comes back,
// and saves nothing over it when it does not.
class ReservationStore {
 public:
  virtual ~ReservationStore() = default;
  // Durable when this returns. `bytes` (of Reservation::stored()) replace what was there; empty: nothing is kept.
  virtual Result<void> save(const std::array<uint8_t, 16>& namespace_uuid, std::string_view bytes) = 0;
  // Empty: nothing is kept.
  virtual Result<std::string> load(const std::array<uint8_t, 16>& namespace_uuid) = 0;
};

}  // namespace outrigger::nvme
