#include "backend/file.h"

#include "backend/file_channel.h"
#include "backend/limits.h"
#include "base/log.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

namespace outrigger::backend {

namespace {

constexpr uint32_t block_size_min = 512;
constexpr uint32_t block_size_max = 65536;
constexpr mode_t create_mode = 0600;

Result<uint64_t> size_of(int fd, bool is_block_device, const std::string& path) {
  uint64_t bytes = 0;
  struct stat info{};
  if (is_block_device ? ::ioctl(fd, BLKGETSIZE64, &bytes) != 0 : ::fstat(fd, &info) != 0) {
    return fail_errno(errno, fmt::format("file {}: its size", path));
  }
  return is_block_device ? bytes : static_cast<uint64_t>(info.st_size);
}

// Makes a sparse file, or leaves nothing.
Result<UniqueFd> create(const FileOptions& options) {
  UniqueFd fd(::open(options.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, create_mode));
  if (!fd.is_open()) {
    return fail_errno(errno, fmt::format("file {}: create", options.path));
  }
  if (::ftruncate(fd.get(), static_cast<off_t>(options.create_bytes)) != 0) {
    const int error = errno;
    ::unlink(options.path.c_str());
    return fail_errno(error, fmt::format("file {}: make it {} bytes large", options.path, options.create_bytes));
  }
  return fd;
}

Result<UniqueFd> open_existing(const FileOptions& options, bool is_block_device) {
  // On a block device O_EXCL claims it against mounts and everybody else who asks the same way.
  const int flags = (options.is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | (is_block_device ? O_EXCL : 0);
  UniqueFd fd(::open(options.path.c_str(), flags));
  if (fd.is_open()) {
    return fd;
  }
  const int error = errno;
  if (is_block_device && error == EBUSY) {
    return fail(Code::FailedPrecondition,
                "block device {} is in use: mounted, part of another device, or another volume's; see lsblk and "
                "free it",
                options.path);
  }
  if (error == EROFS || error == EACCES || error == EPERM) {
    return fail(Code::PermissionDenied, "file {}: cannot be opened for {}: {}; change its permissions or owner{}",
                options.path, options.is_writable ? "writing" : "reading",
                error == EROFS ? "the file system is read-only" : "permission denied",
                options.is_writable ? ", or make the volume read-only" : "");
  }
  return fail_errno(error, fmt::format("file {}: open", options.path));
}

Result<UniqueFd> open_file(const FileOptions& options, bool& is_block_device, bool& is_new) {
  struct stat info{};
  if (::stat(options.path.c_str(), &info) != 0) {
    if (errno != ENOENT) {
      return fail_errno(errno, fmt::format("file {}", options.path));
    }
    if (options.create_bytes == 0) {
      return fail(Code::NotFound, "file {} does not exist; create it (truncate -s SIZE {}) or correct the path",
                  options.path, options.path);
    }
    OR_ASSIGN(UniqueFd made, create(options));
    is_new = true;
    return made;
  }
  is_block_device = S_ISBLK(info.st_mode);
  if (!is_block_device && !S_ISREG(info.st_mode)) {
    return fail(Code::InvalidArgument, "file {} is {}; a volume needs a regular file or a block device", options.path,
                S_ISDIR(info.st_mode) ? "a directory" : "neither a regular file nor a block device");
  }
  if (options.create_bytes != 0 && !is_block_device && static_cast<uint64_t>(info.st_size) != options.create_bytes) {
    return fail(Code::AlreadyExists, "file {} exists with {} bytes instead of {}; remove it or use its size",
                options.path, info.st_size, options.create_bytes);
  }
  return open_existing(options, is_block_device);
}

// Is it on tmpfs? hugetlbfs is refused: its files can be mapped but not written.
Result<bool> is_in_memory(int fd, const std::string& path) {
  struct statfs info{};
  if (::fstatfs(fd, &info) != 0) {
    return fail_errno(errno, fmt::format("file {}: its file system", path));
  }
  if (info.f_type == HUGETLBFS_MAGIC) {
    return fail(Code::InvalidArgument, "file {} is on hugetlbfs, where files cannot be written; use tmpfs (/dev/shm)",
                path);
  }
  return info.f_type == TMPFS_MAGIC;
}

struct DirectAlignment {
  uint32_t memory = 0;  // 0: no direct I/O
  uint32_t offset = 0;
};

// What direct I/O on `fd` wants, as the kernel says (6.1 and later), else what has always been enough.
DirectAlignment direct_alignment(int fd, bool is_block_device) {
  struct statx info{};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &info) == 0 && (info.stx_mask & STATX_DIOALIGN) != 0) {
    return {info.stx_dio_mem_align, info.stx_dio_offset_align};
  }
  int logical = 0;
  if (is_block_device && ::ioctl(fd, BLKSSZGET, &logical) == 0) {
    return {static_cast<uint32_t>(logical), static_cast<uint32_t>(logical)};
  }
  return {4096, 4096};
}

// Switches O_DIRECT on if that works; returns what stands against it, empty when it is on.
std::string switch_direct(int fd, const DirectAlignment& alignment, uint32_t block_size) {
  if (alignment.memory == 0) {
    return "its file system has no direct I/O";
  }
  if (block_size % alignment.offset != 0) {
    return fmt::format("direct I/O there needs blocks of {} bytes", alignment.offset);
  }
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_DIRECT) != 0) {
    return "its file system refuses O_DIRECT";
  }
  return {};
}

uint32_t physical_block_size(int fd, bool is_block_device, uint32_t block_size) {
  unsigned bytes = 0;
  if (!is_block_device) {
    struct stat info{};
    bytes = ::fstat(fd, &info) == 0 ? static_cast<unsigned>(info.st_blksize) : 0;
  } else if (::ioctl(fd, BLKPBSZGET, &bytes) != 0) {
    bytes = 0;
  }
  // Huge pages of shared memory are no blocks.
  return std::has_single_bit(bytes) && bytes <= block_size_max ? std::max(bytes, block_size) : block_size;
}

Result<uint32_t> choose_block_size(int fd, bool is_block_device, const DirectAlignment& alignment,
                                   const FileOptions& options) {
  int logical = 0;
  if (is_block_device && ::ioctl(fd, BLKSSZGET, &logical) != 0) {
    return fail_errno(errno, fmt::format("file {}: its block size", options.path));
  }
  const auto least = std::max(block_size_min, static_cast<uint32_t>(logical));
  if (options.block_size == 0) {
    return !is_block_device && alignment.memory != 0 && options.is_direct_wanted
               ? std::max(least, std::min(alignment.offset, block_size_max))
               : least;
  }
  if (!std::has_single_bit(options.block_size) || options.block_size < least || options.block_size > block_size_max) {
    return fail(Code::InvalidArgument, "file {}: a block size of {} does not fit; use a power of two from {} to {}",
                options.path, options.block_size, least, block_size_max);
  }
  return options.block_size;
}

Result<uint64_t> whole_blocks(uint64_t size_bytes, uint32_t block_size, const std::string& path) {
  const uint64_t blocks = size_bytes / block_size;
  if (blocks == 0) {
    return fail(Code::InvalidArgument, "file {} has {} bytes, less than one block of {}; make it larger (truncate -s)",
                path, size_bytes, block_size);
  }
  return blocks;
}

}  // namespace

std::string_view mode_name(FileMode mode) noexcept {
  switch (mode) {
    case FileMode::Direct: return "direct";
    case FileMode::Buffered: return "buffered";
    case FileMode::Memory: return "memory";
  }
  return "buffered";
}

Result<FileDevice::Found> FileDevice::find(const std::string& name, const FileOptions& options) {
  Found found;
  OR_ASSIGN(found.fd, open_file(options, found.is_block_device, found.is_new));
  if (auto examined = examine(name, options, found); !examined.has_value()) {
    if (found.is_new) {
      ::unlink(options.path.c_str());  // nothing half-made stays
    }
    return std::unexpected(std::move(examined).error());
  }
  return found;
}

Result<void> FileDevice::examine(const std::string& name, const FileOptions& options, Found& found) {
  const int fd = found.fd.get();
  OR_ASSIGN(found.lock, FileLock::take(fd, options.path, name, options.is_writable, options.lock_wait_ms));

  bool is_memory = false;
  if (!found.is_block_device) {
    OR_ASSIGN(is_memory, is_in_memory(fd, options.path));
  }
  const DirectAlignment alignment = is_memory ? DirectAlignment{} : direct_alignment(fd, found.is_block_device);
  OR_ASSIGN(const uint32_t block_size, choose_block_size(fd, found.is_block_device, alignment, options));
  if (is_memory) {
    found.mode = FileMode::Memory;
  } else if (!options.is_direct_wanted) {
    found.mode = FileMode::Buffered;
  } else if (const std::string obstacle = switch_direct(fd, alignment, block_size); !obstacle.empty()) {
    log::info("backend", "volume {}: {} goes through the page cache, because {}", name, options.path, obstacle);
  } else {
    found.mode = FileMode::Direct;
    found.memory_alignment = alignment.memory;
    found.length_alignment = alignment.offset;
  }
  OR_ASSIGN(const uint64_t size_bytes, size_of(fd, found.is_block_device, options.path));
  block::Geometry& geometry = found.geometry;
  geometry.block_size = block_size;
  OR_ASSIGN(geometry.block_count, whole_blocks(size_bytes, block_size, options.path));
  if (size_bytes % block_size != 0) {
    log::warning("backend", "file {}: the last {} of its {} bytes are no whole block of {} and are not used",
                 options.path, size_bytes % block_size, size_bytes, block_size);
  }
  geometry.physical_block_size = physical_block_size(fd, found.is_block_device, block_size);
  geometry.is_writable = options.is_writable;
  geometry.has_write_cache = true;
  geometry.can_discard = options.is_writable;
  geometry.can_write_zeroes = options.is_writable;
  geometry.zeroes_cost = block::ZeroesCost::BytesUnlessUnmapped;  // FALLOC_FL_ZERO_RANGE may be missing
  geometry.discard_alignment_blocks = geometry.physical_block_size / block_size;
  return {};
}

Result<std::unique_ptr<FileDevice>> FileDevice::open(std::string name, const FileOptions& options) {
  OR_ASSIGN(Found found, find(name, options));
  std::unique_ptr<FileDevice> device(new FileDevice(std::move(name), options.path, std::move(found)));
  device->open_window();
  log::info("backend", "volume {}: {} {}, {} blocks of {}, {}", device->name(),
            device->is_block_device_ ? "block device" : "file", device->path_, device->block_count(),
            device->fixed_geometry().block_size, mode_name(device->mode_));
  return device;
}

FileDevice::FileDevice(std::string name, std::string path, Found found)
    : Device(std::move(name), found.geometry),
      path_(std::move(path)),
      fd_(std::move(found.fd)),
      lock_(std::move(found.lock)),
      mode_(found.mode),
      is_block_device_(found.is_block_device),
      memory_alignment_(found.memory_alignment),
      length_alignment_(found.length_alignment) {}

FileDevice::~FileDevice() = default;

// A window over the whole file as it is now; without one, everything goes by system calls.
void FileDevice::open_window() {
  if (mode_ != FileMode::Memory) {
    return;
  }
  auto window = FileWindow::map(fd_.get(), geometry().size_bytes(), fixed_geometry().is_writable);
  if (!window.has_value()) {
    log::warning("backend", "volume {}: {} is not mapped and slower for it: {}", name(), path_, window.error().what);
    return;
  }
  window_.store(window->get(), std::memory_order_release);
  windows_.push_back(std::move(*window));
}

Result<uint64_t> FileDevice::blocks_there() const {
  OR_ASSIGN(const uint64_t size_bytes, size_of(fd_.get(), is_block_device_, path_));
  return whole_blocks(size_bytes, fixed_geometry().block_size, path_);
}

Result<void> FileDevice::limit(uint64_t block_count) {
  OR_ASSIGN(const uint64_t there, blocks_there());
  if (block_count > there) {
    return fail(Code::InvalidArgument,
                "file {} has {} blocks of {} bytes, fewer than {}; make it larger (truncate -s {})", path_, there,
                fixed_geometry().block_size, block_count, block_count * fixed_geometry().block_size);
  }
  block_count_max_ = block_count;
  OR_TRY(rescan());
  return {};
}

Result<bool> FileDevice::rescan() {
  OR_ASSIGN(uint64_t blocks, blocks_there());
  if (block_count_max_ != 0) {
    blocks = std::min(blocks, block_count_max_);
  }
  if (blocks == block_count()) {
    return false;
  }
  log::info("backend", "volume {}: {} has {} blocks now, it had {}", name(), path_, blocks, block_count());
  if (blocks > block_count()) {
    set_block_count(blocks);
    open_window();
  } else {
    set_block_count(blocks);  // the window there is still covers it
  }
  return true;
}

Result<void> FileDevice::resize(uint64_t size_bytes) {
  const uint32_t block_size = fixed_geometry().block_size;
  if (is_block_device_) {
    return fail(Code::InvalidArgument, "volume {}: {} is a block device; resize it with its own tools, then rescan",
                name(), path_);
  }
  if (size_bytes == 0 || size_bytes % block_size != 0) {
    return fail(Code::InvalidArgument, "volume {}: a size of {} bytes is not a multiple of its block size {}", name(),
                size_bytes, block_size);
  }
  if (!fixed_geometry().is_writable) {
    return fail(Code::FailedPrecondition, "volume {} is read-only and cannot be resized", name());
  }
  OR_ASSIGN(const uint64_t old_bytes, size_of(fd_.get(), false, path_));
  if (size_bytes < old_bytes) {
    return fail(Code::FailedPrecondition,
                "volume {}: {} has {} bytes, cutting it to {} would destroy data; make a new volume instead", name(),
                path_, old_bytes, size_bytes);
  }
  if (size_bytes > old_bytes && ::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)) != 0) {
    return fail_errno(errno, fmt::format("volume {}: make {} {} bytes large", name(), path_, size_bytes));
  }
  OR_TRY(rescan());
  return {};
}

Result<std::unique_ptr<block::Channel>> FileDevice::open_channel(core::Reactor& reactor) {
  if (!reactor.has_uring()) {
    return fail(Code::FailedPrecondition,
                "volume {}: core {} has no io_uring, which files need; allow io_uring on this machine "
                "(sysctl kernel.io_uring_disabled=0) and restart",
                name(), reactor.name());
  }
  return std::make_unique<FileChannel>(*this, reactor);
}

}  // namespace outrigger::backend
