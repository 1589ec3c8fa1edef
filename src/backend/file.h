// FileDevice: a regular file or a block device of the machine, through the core's io_uring.
//
// How it is read and written depends on what there is:
//   Direct    O_DIRECT, where the file system and the block size allow it. Memory that is not aligned for it goes
//             through pages of the core's pool.
//   Buffered  through the page cache, where O_DIRECT is refused; the log says so. Reads that the cache can answer are
//             answered at once (RWF_NOWAIT), everything else goes through io_uring.
//   Memory    a file in shared memory (tmpfs): reads and writes are copies and never wait for a device, so they are
//             done at once by the core itself, through a mapping where the file has its pages (file_window.h).
//
// Flush is fdatasync, FUA is RWF_DSYNC, discard punches a hole (on a block device: unmaps; where that is not possible
// it does nothing, which a discard may), write-zeroes is FALLOC_FL_ZERO_RANGE, or a hole when the request allows it, or
// writes of zeroes where the file system knows neither.
//
// A file belongs to one volume: it is locked (an open-file-description lock on the whole file and flock; O_EXCL for a
// block device), read-only uses share it. The size is rounded down to whole blocks, with a line in the log.
#pragma once

#include "backend/file_lock.h"
#include "backend/file_window.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "block/device.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::backend {

struct FileOptions {
  std::string path;
  // 0: the block device's logical block size; for a file 512, or what direct I/O there needs.
  uint32_t block_size = 0;
  // false: opened for reading only. A file that cannot be written is an error unless this is false.
  bool is_writable = true;
  // Not 0: when there is no file, a sparse one of this many bytes is made, mode 0600. One that is there must be as
  // large.
  uint64_t create_bytes = 0;
  // How long to wait for the lock of a user that is just going away (a killed daemon whose requests still end).
  uint32_t lock_wait_ms = 1000;
  // false: through the page cache even where O_DIRECT would work.
  bool is_direct_wanted = true;
};

enum class FileMode : uint8_t { Direct, Buffered, Memory };
std::string_view mode_name(FileMode mode) noexcept;

class FileDevice final : public block::Device {
 public:
  // Errors name the file: NotFound, InvalidArgument (a directory, a size below a block, a block size that does not
  // fit), PermissionDenied, FailedPrecondition (somebody else uses it: who, if that can be told).
  static Result<std::unique_ptr<FileDevice>> open(std::string name, const FileOptions& options);
  ~FileDevice() override;

  // Looks at the size again; true when it changed. Control thread.
  Result<bool> rescan();
  // From now on the volume is the first `block_count` blocks of the file, however large that is; 0: all of it.
  // InvalidArgument when the file has fewer. Control thread.
  Result<void> limit(uint64_t block_count);
  // Makes a regular file `size_bytes` large, a multiple of the block size. Shrinking would destroy data and is refused
  // with FailedPrecondition, a block device with InvalidArgument. Control thread.
  Result<void> resize(uint64_t size_bytes);
  // Whole blocks that the file or block device has now.
  [[nodiscard]] Result<uint64_t> blocks_there() const;

  [[nodiscard]] FileMode mode() const noexcept { return mode_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // Fails with FailedPrecondition when the core has no io_uring.
  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override;
  // Metering, the operation's state, and the state of a bounce.
  [[nodiscard]] uint32_t stack_depth() const noexcept override { return 2; }

 private:
  friend class FileChannel;
  // What was found on opening.
  struct Found {
    UniqueFd fd;
    FileLock lock;
    FileMode mode = FileMode::Buffered;
    bool is_block_device = false;
    bool is_new = false;            // made by us
    uint32_t memory_alignment = 1;  // of each piece of memory in Direct mode
    uint32_t length_alignment = 1;  // of each piece's length in Direct mode
    block::Geometry geometry;
  };
  FileDevice(std::string name, std::string path, Found found);
  void open_window();
  static Result<Found> find(const std::string& name, const FileOptions& options);
  static Result<void> examine(const std::string& name, const FileOptions& options, Found& found);

  std::string path_;
  UniqueFd fd_;
  FileLock lock_;
  FileMode mode_;
  bool is_block_device_;
  uint64_t block_count_max_ = 0;  // 0: all there are
  uint32_t memory_alignment_;
  uint32_t length_alignment_;
  // Memory mode: the newest window, for the cores; and all there ever were, because a core may be in an older one.
  std::atomic<FileWindow*> window_{nullptr};
  std::vector<std::unique_ptr<FileWindow>> windows_;
};

}  // namespace outrigger::backend
