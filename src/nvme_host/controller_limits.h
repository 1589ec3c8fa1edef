// What a controller can do and how much it takes at a time, learned once per association, and what we tell it of
// ourselves in return. A job of the control reactor over an AdminSession that has identified its controller.
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "core/reactor.h"
#include "nvme_host/admin_session.h"
#include "nvme_host/path.h"

#include <cstdint>

namespace outrigger::nvme_host {

// Reads what Identify Controller leaves open, and enables Command Retry Delays where the controller has some. Only a
// connection that broke is an error: a controller that does not know a command has no such limit. `control` and
// `session` outlive the job. `keep_alive_ms` is the KATO that was asked for.
[[nodiscard]] core::Job<Result<PathController>> learn_controller(core::Reactor* control, AdminSession* session,
                                                                 uint32_t keep_alive_ms);

// The pure parts: Identify Controller, and the limits of the NVM Command Set (CNS 06h) into what is known.
[[nodiscard]] PathController controller_of(const nvme::IdentifyController& identity, uint32_t keep_alive_ms);
void take_limits(const nvme::IdentifyNvmController& limits, PathController& controller) noexcept;

}  // namespace outrigger::nvme_host
