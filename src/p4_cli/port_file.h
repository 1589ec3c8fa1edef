// port_file.h: `FILE` or `PORT:FILE`, as --in and --out take them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace outrigger::p4_cli {

struct PortFile {
  std::optional<uint32_t> port;
  std::string path;
};

// What stands before the first colon is a port when it is digits alone; `./1:a.pcap` is the file `1:a.pcap`. Errors:
// the port is too large, the path is empty.
Result<PortFile> parse_port_file(const std::string& text);

}  // namespace outrigger::p4_cli
