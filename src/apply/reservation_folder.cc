#include "apply/reservation_folder.h"

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

// Writes all of `bytes` to a new file and makes them durable.
Result<void> write_file(const std::string& path, std::string_view bytes) {
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

}  // namespace

std::string ReservationFolder::file_of(const std::array<uint8_t, 16>& namespace_uuid) const {
  std::string name;
  for (const uint8_t byte : namespace_uuid) {
    name += fmt::format("{:02x}", byte);
  }
  return fmt::format("{}/{}", path_, name);
}

// So that the names in it are durable, too.
Result<void> ReservationFolder::sync_folder() const {
  const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.is_open() && ::fsync(fd.get()) == 0 ? Result<void>() : fail_errno(errno, path_);
}

Result<void> ReservationFolder::save(const std::array<uint8_t, 16>& namespace_uuid, std::string_view bytes) {
  const std::string path = file_of(namespace_uuid);
  if (bytes.empty()) {
    if (::unlink(path.c_str()) != 0) {
      return errno == ENOENT ? Result<void>() : fail_errno(errno, path);
    }
    return sync_folder();
  }
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(errno, path_);
  }
  const std::string fresh = path + ".new";
  Result<void> written = write_file(fresh, bytes);
  if (written.has_value() && ::rename(fresh.c_str(), path.c_str()) != 0) {
    written = fail_errno(errno, path);
  }
  if (!written.has_value()) {
    ::unlink(fresh.c_str());
    return written;
  }
  return sync_folder();
}

Result<std::string> ReservationFolder::load(const std::array<uint8_t, 16>& namespace_uuid) {
  const std::string path = file_of(namespace_uuid);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    return errno == ENOENT ? Result<std::string>(std::string()) : fail_errno(errno, path);
  }
  std::string bytes;
  std::array<char, 4096> part;
  while (true) {
    const ssize_t count = ::read(fd.get(), part.data(), part.size());
    if (count < 0) {
      return fail_errno(errno, path);
    }
    if (count == 0) {
      return bytes;
    }
    bytes.append(part.data(), static_cast<size_t>(count));
  }
}

}  // namespace outrigger::apply
