// The named limits of the daemon's life.
#pragma once

#include <chrono>
#include <cstdint>

namespace outrigger::daemon {

// How long a stop waits for what is in flight. A volume whose target is dead may not answer for hours; whoever stops us
// (service managers give 15 s and more, see deploy/) shall not have to kill us. Decision 0013.
inline constexpr std::chrono::seconds stop_max{5};
// And how long for the log that says so to be written.
inline constexpr uint64_t log_patience_ns = 500'000'000;

}  // namespace outrigger::daemon
