// signal_event(): writes to an eventfd that somebody else shares with us and may turn against us.
//
// The descriptor's O_NONBLOCK belongs to the open file, which the front end has as well: it can clear the flag and fill
// the counter, and then write() sleeps until it likes to read. Linux has no other write to an eventfd that never
// sleeps and costs as little (docs/decisions/0009-eventfds-of-others.md). So a thread of ours looks from time to time
// whether a write has not come back, and interrupts it with a signal. That costs the writing thread two stores.
#pragma once

namespace outrigger::virtio {

// Adds one to the counter behind `fd`. False when the write slept and was interrupted: whoever shares the descriptor
// means harm, and it must not be written to again. A full counter of a non-blocking descriptor is no failure: a
// notification is waiting there already. Any thread; the first call of a thread allocates and takes a lock.
[[nodiscard]] bool signal_event(int fd) noexcept;

}  // namespace outrigger::virtio
