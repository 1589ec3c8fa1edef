// check(): for our own bugs, never for what a guest, peer, disk or operator did. Always on; aborts with the place.
#pragma once

#include <source_location>

namespace outrigger {

[[noreturn]] void check_failed(const char* what, std::source_location where) noexcept;

// Aborts the process when `condition` is false. `what` says which promise was broken.
constexpr void check(bool condition, const char* what = "",
                     std::source_location where = std::source_location::current()) noexcept {
  if (!condition) [[unlikely]] {
    check_failed(what, where);
  }
}

}  // namespace outrigger
