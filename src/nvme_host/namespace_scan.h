// What namespaces a controller shows: Identify's list, and each one's identifiers and format. A job of the control
// reactor over an AdminSession.
#pragma once

#include "base/counted_limiter.h"
#include "base/result.h"
#include "core/job.h"
#include "nvme_host/admin_session.h"
#include "nvme_host/path.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace outrigger::nvme_host {

// All active namespaces that have a format we can use, in the order of their identifiers; ANA states are not filled in.
// A namespace is left out when the controller says for good that it is not there; while it cannot tell, it is asked
// again, scan_retries_max times in all, and then nothing is known: an error. All three outlive the job; `limiter`: of
// lines in the log that the target causes.
[[nodiscard]] core::Job<Result<std::vector<PathNamespace>>> scan_namespaces(AdminSession* session,
                                                                            core::Reactor* control,
                                                                            log::CountedLimiter* limiter);

// The pure parts. Identify Namespace as a namespace of ours; nothing: inactive, or of a format with metadata or of
// block sizes that we do not take.
[[nodiscard]] std::optional<PathNamespace> namespace_of(uint32_t nsid,
                                                        const nvme::IdentifyNamespace& identity) noexcept;
// The identifiers of CNS 03h that make sense.
void take_identifiers(std::span<const std::byte> descriptors, PathNamespace& space) noexcept;

}  // namespace outrigger::nvme_host
