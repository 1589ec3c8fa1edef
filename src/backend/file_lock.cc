#include "backend/file_lock.h"

#include "backend/limits.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <fstream>
#include <mutex>
#include <sstream>
#include <utility>
#include <vector>

namespace outrigger::backend {

namespace {

// What identifies a file: for a block device its number, whichever node it is opened through.
struct FileId {
  dev_t device;
  ino_t inode;
  friend bool operator==(const FileId&, const FileId&) = default;
};

struct Claim {
  uint64_t id;
  FileId file;
  std::string owner;
};

// The kernel knows that this process has a file, but not for which of its volumes.
struct Claims {
  std::mutex mutex;
  std::vector<Claim> all;
  uint64_t next_id = 1;
};

Claims& claims() {
  static Claims instance;
  return instance;
}

FileId id_of(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) {
    return {};
  }
  return S_ISBLK(info.st_mode) ? FileId{info.st_rdev, 0} : FileId{info.st_dev, info.st_ino};
}

// 0 when both locks were got, else errno. What was got is kept: the descriptor is closed on failure.
int try_lock(int fd, bool is_exclusive) {
  if (::flock(fd, (is_exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    return errno;
  }
  struct flock whole{};
  whole.l_type = is_exclusive ? F_WRLCK : F_RDLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_SETLK, &whole) == 0 ? 0 : errno;
}

// "process 123 (qemu)" from the FLOCK lines of /proc/locks, which say who took a lock; empty when none fits.
std::string process_with(const FileId& file) {
  const std::string wanted = fmt::format("{:02x}:{:02x}:{}", major(file.device), minor(file.device), file.inode);
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    std::istringstream words(line);
    std::string number, kind, advisory, access, where;
    int process = -1;
    words >> number >> kind >> advisory >> access >> process >> where;
    if (where != wanted || process <= 0) {
      continue;
    }
    std::string program;
    std::ifstream(fmt::format("/proc/{}/comm", process)) >> program;
    return fmt::format("process {} ({})", process, program.empty() ? "gone by now" : program);
  }
  return {};
}

}  // namespace

std::string FileLock::holder_of(int fd) {
  const FileId file = id_of(fd);
  {
    const std::lock_guard guard(claims().mutex);
    const std::vector<Claim>& all = claims().all;
    for (const Claim& claim : all) {
      if (claim.file == file) {
        return fmt::format("volume {}", claim.owner);
      }
    }
  }
  const std::string process = process_with(file);
  return process.empty() ? "another program" : process;
}

Result<FileLock> FileLock::take(int fd, const std::string& path, const std::string& owner, bool is_exclusive,
                                uint32_t wait_ms) {
  int error = 0;
  for (uint32_t waited_ms = 0;; waited_ms += lock_retry_ms) {
    error = try_lock(fd, is_exclusive);
    if ((error != EWOULDBLOCK && error != EACCES) || waited_ms >= wait_ms) {
      break;
    }
    // Rare, bounded and on the control thread: only when somebody has the file at this moment.
    ::poll(nullptr, 0, static_cast<int>(lock_retry_ms));
  }
  if (error == EWOULDBLOCK || error == EACCES) {
    return fail(Code::FailedPrecondition, "file {} is in use by {}; delete that use first, or use another file", path,
                holder_of(fd));
  }
  if (error != 0 && error != ENOTSUP && error != EINVAL && error != ENOLCK) {
    return fail_errno(error, fmt::format("file {}: lock", path));
  }
  FileLock lock;
  const std::lock_guard guard(claims().mutex);
  lock.claim_ = claims().next_id++;
  claims().all.push_back({lock.claim_, id_of(fd), owner});
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : claim_(std::exchange(other.claim_, 0)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(claim_, other.claim_);
  return *this;
}

FileLock::~FileLock() {
  if (claim_ != 0) {
    const std::lock_guard guard(claims().mutex);
    std::erase_if(claims().all, [this](const Claim& claim) { return claim.id == claim_; });
  }
}

}  // namespace outrigger::backend
