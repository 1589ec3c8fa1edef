// capture_writer.h: Ethernet packets into a capture file: classic pcap by libpcap, or pcapng, whose interface numbers
// are the ports, where the file's name ends so.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace outrigger::p4_cli {

class CaptureWriter {
 public:
  CaptureWriter() = default;
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;
  virtual ~CaptureWriter() = default;

  // Makes the file, or empties it; "-" is standard output. Times are written in nanoseconds.
  static Result<std::unique_ptr<CaptureWriter>> create(const std::string& path);

  // `bytes` up to snap_length; longer ones are cut, as a capture cuts them. Errors may be told by a later call only.
  virtual Result<> write(uint32_t port, std::span<const uint8_t> bytes, uint64_t time_ns) = 0;
  // The last call: everything is handed to the system.
  virtual Result<> close() = 0;
};

}  // namespace outrigger::p4_cli
