// SocketFile: the file of a UNIX socket that gRPC makes. gRPC binds and listens in one step, with the mode that the
// process' mask leaves; changing the mask, even for a moment, would touch every other thread. So gRPC makes its socket
// in a directory that is ours alone, gets its mode there, and only then is moved to where clients look for it.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <sys/types.h>

#include <memory>
#include <string>

namespace outrigger::api {

class SocketFile {
 public:
  // For a socket at `path`, where nothing must be yet.
  static Result<std::unique_ptr<SocketFile>> prepare(const std::string& path);
  // Removes the socket when it is still ours.
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  // What gRPC is given to listen on: short, however long the path is.
  [[nodiscard]] std::string listening_address() const;
  // gRPC listens: gives the socket its mode and its place.
  Result<> publish(mode_t mode);

 private:
  SocketFile(std::string path, std::string folder, UniqueFd folder_fd)
      : path_(std::move(path)), folder_(std::move(folder)), folder_fd_(std::move(folder_fd)) {}

  std::string path_;
  std::string folder_;
  UniqueFd folder_fd_;
  ino_t inode_ = 0;  // of the socket, once it is in its place
  dev_t device_ = 0;
};

}  // namespace outrigger::api
