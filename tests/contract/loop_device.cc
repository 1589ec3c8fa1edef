#include "contract/loop_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace outrigger::contract {

namespace {

constexpr const char* control_path = "/dev/loop-control";
// Another process may take the number that the kernel offered us; as often as that are we ready to ask again.
constexpr int attempts_max = 100;

Result<UniqueFd> open_temporary(const std::string& directory, uint64_t size_bytes) {
  std::string path = directory + "/outrigger_loop_XXXXXX";
  UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.is_open() || ::unlink(path.c_str()) != 0 || ::ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0) {
    return fail_errno(errno, path);
  }
  return file;
}

}  // namespace

Result<LoopDevice> LoopDevice::create(const std::string& directory, uint64_t size_bytes, uint32_t block_size) {
  LoopDevice made;
  OR_ASSIGN(made.file_, open_temporary(directory, size_bytes));
  const UniqueFd control(::open(control_path, O_RDWR | O_CLOEXEC));
  if (!control.is_open()) {
    return fail_errno(errno, control_path);
  }
  loop_config config{};
  config.fd = static_cast<uint32_t>(made.file_.get());
  config.block_size = block_size;
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) {
      return fail_errno(errno, control_path);
    }
    made.path_ = fmt::format("/dev/loop{}", number);
    made.device_.reset(::open(made.path_.c_str(), O_RDWR | O_CLOEXEC));
    if (made.device_.is_open() && ::ioctl(made.device_.get(), LOOP_CONFIGURE, &config) == 0) {
      return made;
    }
    if (errno != EBUSY) {
      break;
    }
  }
  return fail_errno(errno, made.path_);
}

Result<void> LoopDevice::resize(uint64_t size_bytes) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size_bytes)) != 0 ||
      ::ioctl(device_.get(), LOOP_SET_CAPACITY, 0) != 0) {
    return fail_errno(errno, path_);
  }
  return {};
}

std::string LoopDevice::why_missing() {
  const auto made = create(".", 1 << 20, 512);
  return made.has_value() ? "" : "this machine gives no loop device: " + made.error().what;
}

}  // namespace outrigger::contract
