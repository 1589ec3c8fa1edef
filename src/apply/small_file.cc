#include "apply/small_file.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace outrigger::apply {
namespace {

// All of `bytes`, durable.
Result<void> write_fresh(const std::string& path, std::string_view bytes) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.is_open()) {
    return fail_errno(errno, path);
  }
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd.get(), bytes.data(), bytes.size());
    if (count < 0) {
      return fail_errno(errno, path);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return ::fdatasync(fd.get()) == 0 ? Result<void>() : fail_errno(errno, path);
}

// So that the names in it are durable, too.
Result<void> sync_directory(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.is_open() && ::fsync(fd.get()) == 0 ? Result<void>() : fail_errno(errno, directory);
}

}  // namespace

Result<void> write_small_file(const std::string& directory, std::string_view name, std::string_view bytes) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(errno, directory);
  }
  const std::string path = fmt::format("{}/{}", directory, name);
  const std::string fresh = path + ".new";
  Result<void> written = write_fresh(fresh, bytes);
  if (written.has_value() && ::rename(fresh.c_str(), path.c_str()) != 0) {
    written = fail_errno(errno, path);
  }
  if (!written.has_value()) {
    ::unlink(fresh.c_str());
    return written;
  }
  return sync_directory(directory);
}

Result<std::string> read_small_file(const std::string& directory, std::string_view name) {
  const std::string path = fmt::format("{}/{}", directory, name);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    return fail_errno(errno, path);
  }
  std::string bytes;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t count = ::read(fd.get(), part.data(), part.size());
    if (count < 0) {
      return fail_errno(errno, path);
    }
    if (count == 0) {
      return bytes;
    }
    bytes.append(part.data(), static_cast<size_t>(count));
    if (bytes.size() > small_file_bytes_max) {
      return fail(Code::DataLoss, "{}: it has more than {} bytes", path, small_file_bytes_max);
    }
  }
}

Result<std::string> read_small_file_or_nothing(const std::string& directory, std::string_view name) {
  Result<std::string> bytes = read_small_file(directory, name);
  if (!bytes.has_value() && bytes.error().code == Code::NotFound) {
    return std::string();
  }
  return bytes;
}

Result<void> remove_small_file(const std::string& directory, std::string_view name) {
  const std::string path = fmt::format("{}/{}", directory, name);
  if (::unlink(path.c_str()) != 0) {
    return errno == ENOENT ? Result<void>() : fail_errno(errno, path);
  }
  return sync_directory(directory);
}

}  // namespace outrigger::apply
