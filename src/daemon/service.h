// What a service owes the system it runs on: to be the only one on its state, to say when it is ready, and to stop
// when it is asked to.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <string>
#include <string_view>

namespace outrigger::daemon {

// Makes `path` a directory of ours with `mode` (as mkdir -p); an existing one keeps its mode.
Result<void> make_directory(const std::string& path, unsigned mode);

// Holds the lock of a state directory: two daemons on one store would undo each other's work. The lock goes with
// the process, so a crash leaves nothing to clean up.
class StateLock {
 public:
  static Result<StateLock> take(const std::string& state_directory);

 private:
  explicit StateLock(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// Tells systemd (sd_notify protocol) how we are: "READY=1", "STOPPING=1". Does nothing without NOTIFY_SOCKET.
void notify_service_manager(std::string_view state);

// Lets the process have as many descriptors as it may ask for: each guest brings some for its memory and three for
// every queue, and the usual 1024 are gone after a few dozen disks.
void raise_descriptor_limit();

// Blocks SIGINT, SIGTERM and SIGHUP for all threads started from now on and gives a descriptor that is readable
// when one comes. SIGPIPE is ignored.
Result<UniqueFd> open_signals();
// The next signal from that descriptor, 0 when there is none.
int next_signal(const UniqueFd& signals);

}  // namespace outrigger::daemon
