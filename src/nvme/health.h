// Health: what the SMART log tells of a subsystem over its whole life (NVM Express Base Specification 2.0, section
// 5.16.1.3): what was kept of earlier runs of the daemon and what this one counted. A power cycle is a run of the
// daemon; one that did not end in order was an unsafe shutdown. Written when something changed, at most every
// health_save_ms, and at the end: a daemon that is killed loses what it counted since. Control reactor.
#pragma once

#include "nvme/health_store.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrigger::nvme {

struct HealthRecord {
  uint64_t read_bytes = 0, written_bytes = 0;
  uint64_t host_reads = 0, host_writes = 0;
  uint64_t busy_ns = 0;
  uint64_t power_on_ns = 0;
  uint64_t power_cycles = 0;
  uint64_t unsafe_shutdowns = 0;
  uint64_t media_errors = 0;
  bool operator==(const HealthRecord&) const = default;
};

class Health {
 public:
  // A power cycle begins. `name`: for logs. `store` is borrowed; nullptr: nothing is kept.
  Health(std::string name, HealthStore* store);

  // Ever, when `run` is what this run of the daemon counted.
  [[nodiscard]] HealthRecord sum(const HealthRecord& run) const noexcept;
  // Keeps it, unless nothing but some time has passed since it was kept last.
  void save(const HealthRecord& run);
  // And never again: the end is in order.
  void close(const HealthRecord& run);

  // As it is kept.
  [[nodiscard]] static std::string stored(const HealthRecord& record, bool is_running);
  struct Kept {
    HealthRecord record;
    bool is_running = false;  // the run that wrote it did not say that it ends
  };
  [[nodiscard]] static Result<Kept> parse(std::string_view bytes);

 private:
  void write(const HealthRecord& run, bool is_running);

  std::string name_;
  HealthStore* store_;
  HealthRecord before_;  // this power cycle is counted
  HealthRecord saved_;   // of this run
  bool is_failing_ = false;
};

}  // namespace outrigger::nvme
