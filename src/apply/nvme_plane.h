// NvmePlane: what the hooks of the NVMe kinds ask of the rooms that serve NVMe: subsystems, and places to listen. An
// interface, so that the hooks can be tested without sockets. Control reactor only.
#pragma once

#include "apply/health_file.h"
#include "base/result.h"
#include "core/job.h"
#include "nvme/port.h"
#include "nvme/subsystem.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace outrigger::apply {

// A transport that takes connections at one address. Its port outlives every connection that came through it.
class NvmeListener {
 public:
  virtual ~NvmeListener() = default;
  [[nodiscard]] virtual const nvme::Port& port() const noexcept = 0;
  // Whether it takes connections in the clear from now on; its port says so.
  virtual void require_tls(bool is_required) = 0;
  // Takes no more connections and ends those there are; ends when none is left. Once, before its destruction.
  virtual core::Job<void> close() = 0;
};

class NvmePlane {
 public:
  virtual ~NvmePlane() = default;
  virtual Result<std::unique_ptr<nvme::Subsystem>> make_subsystem(nvme::SubsystemOptions options) = 0;
  virtual Result<std::unique_ptr<NvmeListener>> listen(nvme::Port port) = 0;
  // Where what SMART tells of a subsystem of this id is kept; nullptr: nowhere.
  virtual std::unique_ptr<HealthFile> health_file(const std::string& id) {
    static_cast<void>(id);
    return nullptr;
  }
  // What is kept of reservations of a namespace with this UUID goes: it is deleted.
  virtual Result<void> forget_reservation(const std::array<uint8_t, 16>& namespace_uuid) {
    static_cast<void>(namespace_uuid);
    return {};
  }
};

}  // namespace outrigger::apply
