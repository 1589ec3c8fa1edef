// FileLock: the claim of one volume on one file. Whoever else wants the file is told who has it. Control thread.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace outrigger::backend {

class FileLock {
 public:
  // Claims the regular file or block device open as `fd` for the volume `owner`, alone (`is_exclusive`) or together
  // with others who only read. Waits up to `wait_ms` for one who is just leaving; FailedPrecondition after that.
  static Result<FileLock> take(int fd, const std::string& path, const std::string& owner, bool is_exclusive,
                               uint32_t wait_ms);
  FileLock() noexcept = default;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  // The kernel's locks go with the descriptor; this forgets the claim within the daemon.
  ~FileLock();

  // Who in this daemon has the file, "volume x"; or who in the machine, as far as /proc tells: "process 123 (qemu)";
  // or "another program".
  static std::string holder_of(int fd);

 private:
  uint64_t claim_ = 0;  // 0: none
};

}  // namespace outrigger::backend
