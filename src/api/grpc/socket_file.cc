#include "api/grpc/socket_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace outrigger::api {

namespace {

constexpr const char* socket_name = "grpc";

}  // namespace

Result<std::unique_ptr<SocketFile>> SocketFile::prepare(const std::string& path) {
  std::string folder = path + ".XXXXXX";  // beside it: a file is moved within its file system only
  if (::mkdtemp(folder.data()) == nullptr) {
    return fail_errno(errno, fmt::format("cannot make the socket unix:{} in its directory", path));
  }
  UniqueFd fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) {
    const int error = errno;
    ::rmdir(folder.c_str());
    return fail_errno(error, fmt::format("cannot open {}", folder));
  }
  return std::unique_ptr<SocketFile>(new SocketFile(path, std::move(folder), std::move(fd)));
}

SocketFile::~SocketFile() {
  struct stat file{};
  if (inode_ != 0 && ::lstat(path_.c_str(), &file) == 0 && file.st_ino == inode_ && file.st_dev == device_) {
    ::unlink(path_.c_str());
  }
  ::unlinkat(folder_fd_.get(), socket_name, 0);  // what was never published
  ::rmdir(folder_.c_str());
}

std::string SocketFile::listening_address() const {
  return fmt::format("unix:/proc/self/fd/{}/{}", folder_fd_.get(), socket_name);
}

Result<> SocketFile::publish(mode_t mode) {
  struct stat file{};
  if (::fchmodat(folder_fd_.get(), socket_name, mode, 0) != 0 ||
      ::fstatat(folder_fd_.get(), socket_name, &file, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::renameat(folder_fd_.get(), socket_name, AT_FDCWD, path_.c_str()) != 0) {
    return fail_errno(errno, fmt::format("cannot put the socket unix:{} into its place", path_));
  }
  inode_ = file.st_ino;
  device_ = file.st_dev;
  ::rmdir(folder_.c_str());  // now, so that a kill leaves nothing
  return {};
}

}  // namespace outrigger::api
