// The named limits of core: every queue and loop of the room stops at one of these.
#pragma once

#include <cstdint>

namespace outrigger::core {

// Messages a reactor handles in one turn before it looks at its pollers again.
inline constexpr uint32_t messages_per_turn_max = 64;
// Timers fired in one turn.
inline constexpr uint32_t timers_per_turn_max = 64;
// Event descriptors taken from one epoll_wait.
inline constexpr uint32_t events_per_turn_max = 64;
// How long a reactor goes on polling after the last work before it arms its descriptors and sleeps.
inline constexpr uint64_t idle_spin_ns_default = 50'000;
// Submission entries of a reactor's io_uring.
inline constexpr uint32_t uring_entries_default = 1024;
// Turns between two looks at the event descriptors while a reactor is busy.
inline constexpr uint32_t busy_turns_per_epoll = 64;
// The longest sleep while io_uring operations are in flight: the kernel does not promise that a completion which
// races with the switching on of the ring's event descriptor is signalled.
inline constexpr uint64_t uring_sleep_ns_max = 10'000'000;
// The longest sleep of Reactor::run_until(), whose condition may change without a message.
inline constexpr uint64_t run_until_sleep_ns_max = 100'000'000;
// Rounds of messages_per_turn_max messages that a reactor still runs when it is stopped.
inline constexpr uint32_t stop_rounds_max = 1024;
// Tries to change a shared token bucket before a core gives way and comes again later.
inline constexpr uint32_t token_attempts_max = 64;

}  // namespace outrigger::core
