// capture_reader.h: packets from capture files: classic pcap by libpcap; pcapng by a reader of our own, as libpcap does
// not say by which interface a packet came. Streams: one packet is in memory.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"

namespace outrigger::p4_cli {

struct CapturedPacket {
  std::span<const uint8_t> bytes;  // at most captured_bytes_max; until the next call of next()
  uint64_t time_ns = 0;            // since 1970; at most time_ns_max
  uint32_t wire_bytes = 0;         // what it had before the capture cut it
  uint32_t interface = 0;          // the number of pcapng's; 0 in classic pcap
};

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

class CaptureReader {
 public:
  CaptureReader() = default;
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;
  virtual ~CaptureReader() = default;

  // `path` may be "-": standard input. Errors name the file.
  static Result<std::unique_ptr<CaptureReader>> open(const std::string& path);
  // `name` is for errors.
  static Result<std::unique_ptr<CaptureReader>> read(File file, const std::string& name);

  // Nothing at the end. After an error (the file is cut off or faulty, a packet is not Ethernet or too long) no further
  // call is made.
  virtual Result<std::optional<CapturedPacket>> next() = 0;
};

// Makers of the two kinds; read() chooses.
Result<std::unique_ptr<CaptureReader>> read_pcap(File file, const std::string& name);
Result<std::unique_ptr<CaptureReader>> read_pcapng(File file, const std::string& name);

// The error of a packet whose link type (libpcap's number) is not Ethernet, and of one that is too long. Packets count
// from 1.
std::unexpected<Error> not_ethernet(const std::string& name, int link_type);
std::unexpected<Error> too_long(const std::string& name, uint64_t packet, uint32_t bytes);

}  // namespace outrigger::p4_cli
