// RowPace: how much of the control reactor's time rows may take that no client asked for. A target may show a thousand
// namespaces in one moment, and others a moment later; each is a record that the disk makes durable while the reactor
// waits. So they take turns, in the order in which they came, one row a turn of the reactor, and after each there is a
// rest as long as it took: what else the reactor does (keep alives, authentications, calls) has at least half of the
// time.
#pragma once

#include "core/job.h"
#include "core/reactor.h"

#include <cstdint>

namespace outrigger::model {

class RowPace {
 public:
  explicit RowPace(core::Reactor& control) : control_(control) {}
  RowPace(const RowPace&) = delete;
  RowPace& operator=(const RowPace&) = delete;

  // Waits for a row's turn; gives the time at which it came. The row is begun in this turn of the reactor.
  core::Job<uint64_t> turn();
  // The row that began at `begin_ns` is done. Where it waited for somebody else, less is counted (row_rest_ns_max).
  void took(uint64_t begin_ns) noexcept;

 private:
  core::Reactor& control_;
  uint64_t earliest_ns_ = 0;
  uint64_t next_ticket_ = 0;
  uint64_t served_ = 0;  // tickets
};

}  // namespace outrigger::model
