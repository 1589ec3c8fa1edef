// How a command's end at the controller becomes a request's end at the block seam, and whether it is worth another try.
// The one place where NVMe statuses are judged.
#pragma once

#include "block/request.h"
#include "nvme/status.h"

#include <cstdint>

namespace outrigger::nvme_host {

enum class Retry : uint8_t {
  Never,  // the same would come again, or the medium failed, or it went well
  Later,  // a state that passes: so many times, after a while, on whichever path
  Path,   // the way there failed, not the command: on another path or when this one is back
};

// What a command that did not succeed may have done.
enum class Ran : uint8_t {
  Not,      // nothing: the status says that it was not processed
  Perhaps,  // all, a part or nothing; nothing more will come of it
  MayYet,   // the same, but the controller never answered: it may execute the command yet
};

struct Verdict {
  block::Status status = block::Status::Ok;  // what to report when there is no other try
  Retry retry = Retry::Never;
  Ran ran = Ran::Perhaps;
};

// Total: every status has a verdict, vendor specific and reserved ones included.
[[nodiscard]] Verdict verdict_of(nvme::Status status) noexcept;

}  // namespace outrigger::nvme_host
