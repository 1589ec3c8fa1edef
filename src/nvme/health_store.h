// HealthStore: where what SMART tells of one subsystem outlives the daemon. Control reactor; calls may wait for the
// disk, which is why it is written rarely (health_save_ms).
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace outrigger::nvme {

class HealthStore {
 public:
  virtual ~HealthStore() = default;
  // Durable when this returns. `bytes` replace what was there.
  virtual Result<void> save(std::string_view bytes) = 0;
  // Empty: nothing is kept.
  virtual Result<std::string> load() = 0;
};

}  // namespace outrigger::nvme
