#include "cli/key_files.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace outrigger::cli {

namespace {

constexpr size_t secret_bytes_max = 4096;
constexpr size_t key_line_bytes_max = 512;

// Said, and read all the same: what a system does with its files is its administrator's to know.
void warn_if_open(std::string_view option, const std::string& path, int fd) {
  constexpr mode_t by_others = S_IRGRP | S_IROTH;
  struct stat status{};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & by_others) != 0) {
    fmt::print(stderr, "outrigger: warning: {}: {} can be read by others (mode {:04o}): `chmod 600 {}`\n", option, path,
               status.st_mode & 07777U, path);
  }
}

Result<> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return fail_errno(errno, "cannot write");
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<size_t>(written));
  }
  return ::fsync(fd) == 0 || errno == EINVAL ? Result<>{} : fail_errno(errno, "cannot write");
}

}  // namespace

Result<std::string> read_secret(std::string_view option, const std::string& path) {
  const UniqueFd fd(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    return fail_errno(errno, fmt::format("{}: cannot open {}", option, path));
  }
  if (path != "-") {
    warn_if_open(option, path, fd.get());
  }
  std::string text;
  std::array<char, 512> piece{};
  while (text.size() <= secret_bytes_max) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got < 0) {
      return fail_errno(errno, fmt::format("{}: cannot read {}", option, path));
    }
    if (got == 0) {
      break;
    }
    text.append(piece.data(), static_cast<size_t>(got));
  }
  return text;
}

Result<std::string> read_key_line(std::string_view option, const std::string& path) {
  if (path.empty()) {
    return std::string();
  }
  OR_ASSIGN(std::string text, read_secret(option, path));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty() || text.size() > key_line_bytes_max || text.find('\n') != std::string::npos) {
    return fail(Code::InvalidArgument, "{}: {} is to hold one key, in one line, and nothing else", option, path);
  }
  return text;
}

Result<> write_secret(std::string_view option, const std::string& path, std::string_view text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.is_open()) {
    return errno == EEXIST ? fail(Code::AlreadyExists,
                                  "{}: {} is there, and what it holds may be in use: choose another name", option, path)
                           : fail_errno(errno, fmt::format("{}: cannot make {}", option, path));
  }
  auto written = write_all(fd.get(), text);
  if (!written.has_value()) {
    ::unlink(path.c_str());
    return with_context(std::move(written).error(), fmt::format("{}: {}", option, path));
  }
  return {};
}

}  // namespace outrigger::cli
