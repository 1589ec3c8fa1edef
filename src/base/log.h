// Logging: what happened, to which object, and why, one line each. log::info("vhost_user", "{}: ready", name).
// Secrets never come here. Whatever a guest or peer can trigger goes through a Limiter.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace outrigger::log {

enum class Level : uint8_t { Debug, Info, Warning, Error };

// Sends one finished line to standard error, by way of a bounded queue and a thread of its own: nobody waits for who
// reads there, least of all a data core. Lines keep their order; those that find no room are lost, and their number
// is said.
void write(Level level, std::string_view room, std::string_view line);

// Waits until what was written before can be read, at most so long. The end of the process does this by itself.
void drain(uint64_t patience_ns) noexcept;

// Lines below `level` are dropped from now on. Any thread.
void set_level(Level level) noexcept;
[[nodiscard]] bool is_enabled(Level level) noexcept;

template <typename... Args>
void debug(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  if (is_enabled(Level::Debug)) {
    write(Level::Debug, room, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <typename... Args>
void info(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  if (is_enabled(Level::Info)) {
    write(Level::Info, room, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <typename... Args>
void warning(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Warning, room, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void error(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Error, room, fmt::format(format, std::forward<Args>(args)...));
}

// Lets at most `burst` lines through per `window_ns`, for lines that an untrusted party can cause. Not
// thread-safe: one per object and core.
class Limiter {
 public:
  explicit Limiter(uint32_t burst = 10, uint64_t window_ns = 10'000'000'000ULL) noexcept
      : burst_(burst), window_ns_(window_ns) {}
  // True when a line may be written at time `now_ns`.
  [[nodiscard]] bool admit(uint64_t now_ns) noexcept {
    if (now_ns - window_start_ns_ >= window_ns_) {
      window_start_ns_ = now_ns;
      used_ = 0;
    }
    return used_++ < burst_;
  }

 private:
  uint32_t burst_;
  uint32_t used_ = 0;
  uint64_t window_ns_;
  uint64_t window_start_ns_ = 0;
};

}  // namespace outrigger::log
