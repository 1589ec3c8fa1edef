// The named limits of virtio: how much of a core one guest gets before the others have their turn.
#pragma once

#include <cstdint>

namespace outrigger::virtio {

// Requests of one queue taken in one turn.
inline constexpr uint32_t batch_max = 32;
// Bytes that one queue hands to its device in one turn: once for new requests, once for those that began before.
// Devices whose data lie in memory do the work inside submit(): 4 MiB are about half a millisecond.
inline constexpr uint32_t turn_bytes_max = 4U << 20;
// Bytes of one block request. A larger read or write goes in such pieces, one after the other: firmware reads whole
// files with one request, and an indirect table can ask for 4 GiB.
inline constexpr uint32_t piece_bytes_max = 2U << 20;
// Bytes of one discard or write-zeroes at the block seam. More than a turn's share, because devices make most of it
// cheap: a turn that did one does nothing else.
inline constexpr uint64_t range_piece_bytes_max = 64ULL << 20;
// What a step of a request counts at least: there is work in small ones, too.
inline constexpr uint32_t step_bytes_min = 4096;
// How often somebody looks whether a write to a front end's event descriptor sleeps (see event_signal.h): such a write
// ends between one and two of these later.
inline constexpr uint64_t signal_check_ns = 5'000'000;
// Looks that find no write at all before the looking stops, until the next write.
inline constexpr uint32_t signal_quiet_checks_max = 200;
// Front ends whose descriptors made a core sleep wait before their queues start again: this long for every such event,
// up to so many times.
inline constexpr uint64_t strike_pause_ns = 1'000'000'000;
inline constexpr uint32_t strike_pauses_max = 30;

}  // namespace outrigger::virtio
