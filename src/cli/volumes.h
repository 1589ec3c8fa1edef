// Volumes of every kind under one verb: `create volume NAME --kind …`, `update volume NAME …`.
#pragma once

#include "cli/resources.h"

#include <string>
#include <vector>

namespace outrigger::cli {

// Empty where it was not given. Which may be given depends on the kind; the rest is refused by name.
struct VolumeRequest {
  std::string name;
  std::string kind;                 // malloc, null, aio, qos, encrypted
  std::string size;                 // "10TB"
  std::string block_size;           // "4096", "4KiB"
  std::string file;                 // aio
  std::string on;                   // qos, encrypted: the volume below
  std::vector<std::string> limits;  // qos
  std::string key_file;             // encrypted: path, or "-" for standard input
  std::string cipher;               // encrypted: aes-xts-128, aes-xts-256; empty: by the key's size
};

Printed create_volume(Client& client, const VolumeRequest& request, Format format);
// Changes what was given: size, limits, or key and cipher. `kind` is found out; where it is given it must be that.
Printed update_volume(Client& client, const VolumeRequest& request, Format format);

// A view of volumes, or one of their kinds.
[[nodiscard]] bool is_volume(const Kind& kind);

// The key in a file: 32 or 64 raw bytes, or 64 or 128 hexadecimal digits with or without an end of line.
Result<std::string> read_key(const std::string& path);

}  // namespace outrigger::cli
