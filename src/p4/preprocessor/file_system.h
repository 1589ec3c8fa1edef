// The files that Clang may see: regular ones of the disk, up to a size; those that ship with the compiler; and texts in
// memory. No devices, pipes or sockets: opening one could block, or never end.
#pragma once

#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace outrigger::p4 {

class SourceFileSystem : public llvm::vfs::FileSystem {
 public:
  // With the files that ship.
  SourceFileSystem();
  // A text as the file of that name, in front of any other. The text is borrowed and lives longer than this.
  void add(const std::string& name, std::string_view text);
  // Why that file cannot be read, for a person; empty: it can, or there is none.
  [[nodiscard]] std::string refusal(const std::string& path) const;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine& path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine& path) override;
  llvm::vfs::directory_iterator dir_begin(const llvm::Twine& folder, std::error_code& error) override;
  std::error_code setCurrentWorkingDirectory(const llvm::Twine& path) override;
  llvm::ErrorOr<std::string> getCurrentWorkingDirectory() const override;

 private:
  struct MemoryFile {
    std::string_view text;
    llvm::sys::fs::UniqueID id;
  };
  std::map<std::string, MemoryFile, std::less<>> memory_files_;
  std::map<std::string, llvm::sys::fs::UniqueID, std::less<>> memory_folders_;
};

}  // namespace outrigger::p4
