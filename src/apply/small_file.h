// Small files that are there whole or not at all, whenever the machine stops: written beside, made durable, renamed.
// Control reactor; waits for the disk.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace outrigger::apply {

// Replaces what was there; its directory is made when it is needed, with mode 0700, the file with 0600. On an error
// what was there is still there.
Result<void> write_small_file(const std::string& directory, std::string_view name, std::string_view bytes);
// NotFound: it is not there. At most small_file_bytes_max.
Result<std::string> read_small_file(const std::string& directory, std::string_view name);
// Or nothing, when it is not there.
Result<std::string> read_small_file_or_nothing(const std::string& directory, std::string_view name);
// Success, too, when it was not there.
Result<void> remove_small_file(const std::string& directory, std::string_view name);

inline constexpr size_t small_file_bytes_max = 1U << 20;

}  // namespace outrigger::apply
