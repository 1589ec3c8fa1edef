// SourceFileSystem: see the header.
#include "p4/preprocessor/file_system.h"

#include "base/unique_fd.h"
#include "p4/limits.h"
#include "p4/preprocessor/shipped_files.h"
#include "p4/source_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/MemoryBuffer.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace outrigger::p4 {

namespace {

namespace fs = llvm::sys::fs;

std::string text_of(const llvm::Twine& path) {
  llvm::SmallString<256> buffer;
  return path.toStringRef(buffer).str();
}

// Without . and .. in between and '/' at the end, as names of texts in memory are kept.
std::string plain(const std::string& path) {
  std::string result = std::filesystem::path(path).lexically_normal().string();
  if (result.size() > 1 && result.ends_with('/')) {
    result.pop_back();
  }
  return result;
}

llvm::vfs::Status status_of(const std::string& path, fs::UniqueID id, uint64_t size, fs::file_type type) {
  return {path, id, llvm::sys::TimePoint<>(), 0, 0, size, type, fs::perms::all_read};
}

// Why a file with this status is not read; empty: it is.
std::string refusal_of(const struct stat& status) {
  if (S_ISDIR(status.st_mode)) {
    return "it is a folder";
  }
  if (!S_ISREG(status.st_mode)) {
    return "it is not a regular file";
  }
  if (static_cast<uint64_t>(status.st_size) > file_bytes_max) {
    return fmt::format("it has more than {} MiB", file_bytes_max >> 20U);
  }
  return {};
}

// A file whose content is here already.
class LoadedFile : public llvm::vfs::File {
 public:
  LoadedFile(llvm::vfs::Status status, std::unique_ptr<llvm::MemoryBuffer> buffer)
      : status_(std::move(status)), buffer_(std::move(buffer)) {}
  llvm::ErrorOr<llvm::vfs::Status> status() override { return status_; }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine& name, int64_t /*size*/,
                                                               bool /*requires_null_terminator*/,
                                                               bool /*is_volatile*/) override {
    return llvm::MemoryBuffer::getMemBufferCopy(buffer_->getBuffer(), name);
  }
  std::error_code close() override { return {}; }

 private:
  llvm::vfs::Status status_;
  std::unique_ptr<llvm::MemoryBuffer> buffer_;
};

std::error_code last_error() { return {errno, std::generic_category()}; }

// All of an open file, but no more than file_bytes_max: it may grow while we read.
llvm::ErrorOr<std::string> read_all(int fd, uint64_t size) {
  std::string content(size, '\0');
  size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(fd, content.data() + filled, content.size() - filled);
    if (got < 0 && errno != EINTR) {
      return last_error();
    }
    if (got == 0) {
      break;
    }
    filled += got > 0 ? static_cast<size_t>(got) : 0;
  }
  content.resize(filled);
  return content;
}

}  // namespace

SourceFileSystem::SourceFileSystem() {
  for (const ShippedFile& file : shipped_files()) {
    add(std::string(shipped_folder) + std::string(file.name), file.text);
  }
}

void SourceFileSystem::add(const std::string& name, std::string_view text) {
  const std::string path = plain(name);
  memory_files_[path] = {text, llvm::vfs::getNextVirtualUniqueID()};
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    memory_folders_.try_emplace(path.substr(0, slash), llvm::vfs::getNextVirtualUniqueID());
  }
}

std::string SourceFileSystem::refusal(const std::string& path) const {
  struct stat status = {};
  if (memory_files_.contains(plain(path)) || ::stat(path.c_str(), &status) != 0) {
    return {};
  }
  if (const std::string refusal = refusal_of(status); !refusal.empty()) {
    return refusal;
  }
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return fd.get() < 0 ? std::strerror(errno) : std::string();
}

llvm::ErrorOr<llvm::vfs::Status> SourceFileSystem::status(const llvm::Twine& twine) {
  const std::string path = text_of(twine);
  if (path.size() > path_bytes_max) {
    return std::make_error_code(std::errc::no_such_file_or_directory);
  }
  if (const auto file = memory_files_.find(plain(path)); file != memory_files_.end()) {
    return status_of(path, file->second.id, file->second.text.size(), fs::file_type::regular_file);
  }
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0) {
    const bool is_folder = S_ISDIR(status.st_mode);
    if (!is_folder && !refusal_of(status).empty()) {
      return std::make_error_code(std::errc::no_such_file_or_directory);
    }
    return status_of(path, fs::UniqueID(status.st_dev, status.st_ino), static_cast<uint64_t>(status.st_size),
                     is_folder ? fs::file_type::directory_file : fs::file_type::regular_file);
  }
  if (const auto folder = memory_folders_.find(plain(path)); folder != memory_folders_.end()) {
    return status_of(path, folder->second, 0, fs::file_type::directory_file);
  }
  return std::make_error_code(std::errc::no_such_file_or_directory);
}

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> SourceFileSystem::openFileForRead(const llvm::Twine& twine) {
  const std::string path = text_of(twine);
  if (const auto file = memory_files_.find(plain(path)); file != memory_files_.end()) {
    const std::string_view text = file->second.text;
    return std::make_unique<LoadedFile>(
        status_of(path, file->second.id, text.size(), fs::file_type::regular_file),
        llvm::MemoryBuffer::getMemBuffer(llvm::StringRef(text.data(), text.size()), path, false));
  }
  // O_NONBLOCK: a pipe that took the file's place since would keep us here.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) {
    return last_error();
  }
  if (!refusal_of(status).empty()) {
    return std::make_error_code(std::errc::no_such_file_or_directory);
  }
  llvm::ErrorOr<std::string> content = read_all(fd.get(), static_cast<uint64_t>(status.st_size));
  if (!content) {
    return content.getError();
  }
  return std::make_unique<LoadedFile>(
      status_of(path, fs::UniqueID(status.st_dev, status.st_ino), content->size(), fs::file_type::regular_file),
      llvm::MemoryBuffer::getMemBufferCopy(*content, path));
}

llvm::vfs::directory_iterator SourceFileSystem::dir_begin(const llvm::Twine& /*folder*/, std::error_code& error) {
  error = std::make_error_code(std::errc::function_not_supported);
  return {};
}

std::error_code SourceFileSystem::setCurrentWorkingDirectory(const llvm::Twine& /*path*/) {
  return std::make_error_code(std::errc::function_not_supported);
}

llvm::ErrorOr<std::string> SourceFileSystem::getCurrentWorkingDirectory() const { return std::string("."); }

}  // namespace outrigger::p4
