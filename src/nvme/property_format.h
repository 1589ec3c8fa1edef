// What is in the properties of a controller (NVM Express Base Specification 2.0, section 3.1.3).
#pragma once

#include "nvme/limits.h"

#include <cstdint>

namespace outrigger::nvme {

inline constexpr uint32_t version_2_0_0 = 0x0002'0000;

// CAP: contiguous queues, no arbitration beyond round robin, the NVM command set, 4 KiB pages, namespaces that are
// ready when the controller is (CRMS.CRWMS; not CRIMS, which would have hosts ask for another Identify structure).
constexpr uint64_t controller_capabilities(uint16_t entries_max) noexcept {
  return (entries_max - 1U) | (1ULL << 16U) | (static_cast<uint64_t>(ready_timeout_ms / 500) << 24U) |  // TO
         (1ULL << 37U) |                                                                                // CSS: NVM
         (1ULL << 59U);                                                                                 // CRMS
}
// CRTO.CRWMT, in 500 ms.
inline constexpr uint32_t controller_ready_timeouts = ready_timeout_ms / 500;

// CC.
struct ControllerConfiguration {
  uint32_t bits = 0;
  [[nodiscard]] bool is_enabled() const noexcept { return (bits & 1U) != 0; }
  [[nodiscard]] uint32_t css() const noexcept { return (bits >> 4U) & 7U; }
  [[nodiscard]] uint32_t mps() const noexcept { return (bits >> 7U) & 15U; }
  [[nodiscard]] uint32_t ams() const noexcept { return (bits >> 11U) & 7U; }
  [[nodiscard]] uint32_t shn() const noexcept { return (bits >> 14U) & 3U; }
  [[nodiscard]] uint32_t iosqes() const noexcept { return (bits >> 16U) & 15U; }
  [[nodiscard]] uint32_t iocqes() const noexcept { return (bits >> 20U) & 15U; }
};

enum class ShutdownState : uint8_t { None = 0, Occurring = 1, Complete = 2 };  // CSTS.SHST

// CSTS.
struct ControllerStatus {
  bool is_ready = false;
  bool is_fatal = false;
  ShutdownState shutdown = ShutdownState::None;
  [[nodiscard]] uint32_t bits() const noexcept {
    return (is_ready ? 1U : 0U) | (is_fatal ? 2U : 0U) | (static_cast<uint32_t>(shutdown) << 2U);
  }
};

}  // namespace outrigger::nvme
