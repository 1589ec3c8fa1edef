// limits.h: what one script may hold and one run may report, so that no text takes unbounded memory or time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::stf {

inline constexpr size_t script_bytes_max = size_t{16} << 20U;
inline constexpr size_t commands_max = 250'000;
inline constexpr size_t values_max = 1'000'000;  // of keys and arguments, of all commands together
// A packet of 64 KiB is 128 Ki digits; half as many spaces again, and some.
inline constexpr size_t line_bytes_max = size_t{512} << 10U;
inline constexpr size_t packet_bytes_max = 65'536;
inline constexpr size_t name_bytes_max = 1024;
inline constexpr uint32_t number_bits_max = 4096;
inline constexpr size_t keys_max = 1024;       // of one entry
inline constexpr size_t arguments_max = 1024;  // of one action
inline constexpr size_t replicas_max = 4096;   // ports of one multicast node
inline constexpr size_t errors_max = 100;      // of one reading
inline constexpr size_t failures_max = 100;    // of one run
inline constexpr size_t outputs_max = 1'000'000;
inline constexpr size_t output_bytes_max = size_t{1} << 30U;  // of one run, all packets together
inline constexpr size_t remarks_max = 1000;

}  // namespace outrigger::stf
