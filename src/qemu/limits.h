// The named limits of qemu: every wait and buffer of the room stops at one of these.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::qemu {

inline constexpr uint64_t second_ns = 1'000'000'000;

// A full backlog of the QMP socket is tried again after this …
inline constexpr uint64_t connect_retry_ns = second_ns / 20;
// … and QEMU has this long to take the connection, greet and accept qmp_capabilities. A QMP socket serves one
// client at a time, so this is also how long we wait for another client to leave.
inline constexpr uint64_t connect_timeout_ns = 10 * second_ns;
// One ordinary command.
inline constexpr uint64_t command_timeout_ns = 10 * second_ns;
// device_add: QEMU talks vhost-user with the back end before it answers.
inline constexpr uint64_t device_add_timeout_ns = 30 * second_ns;
// How long the chardev has to connect to the vhost-user socket before device_add (which would wait for ever).
inline constexpr uint64_t chardev_connect_timeout_ns = 10 * second_ns;
inline constexpr uint64_t chardev_poll_ns = second_ns / 20;
// The guest has this long to release a device; the request is repeated in between, because a guest that is booting
// loses it. QEMU itself refuses a repeat within 5 s, and a PCIe guest reads one within 5 s as "cancel".
inline constexpr uint64_t unplug_timeout_ns = 60 * second_ns;
inline constexpr uint64_t unplug_repeat_ns = 12 * second_ns;
// After the device is gone QEMU lets go of its chardev in a moment.
inline constexpr uint64_t chardev_remove_timeout_ns = 5 * second_ns;

// A daemon that stops lets a plug that has begun end, for so long.
inline constexpr uint64_t stop_grace_ns = 5 * second_ns;

// The longest line QEMU may send (query-pci of a machine with hundreds of ports is some 100 KiB).
inline constexpr size_t line_bytes_max = 4 << 20;
// How deep its JSON may be nested (what we ask for goes 6 deep).
inline constexpr size_t json_depth_max = 64;
// Bytes that wait to be sent, commands that wait for an answer.
inline constexpr size_t send_bytes_max = 1 << 20;
inline constexpr size_t commands_pending_max = 256;
// Bytes taken from the socket at once.
inline constexpr size_t receive_chunk_bytes = 16 << 10;

}  // namespace outrigger::qemu
