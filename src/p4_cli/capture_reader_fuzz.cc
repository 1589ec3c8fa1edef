// Fuzzer: any bytes as a capture file. What comes out is bounded, and the end comes.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "p4_cli/capture_reader.h"
#include "p4_cli/run_limits.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace outrigger;  // NOLINT
  if (size == 0) {
    return 0;  // fmemopen() refuses it
  }
  p4_cli::File file(fmemopen(const_cast<uint8_t*>(data), size, "rb"));
  auto reader = p4_cli::CaptureReader::read(std::move(file), "capture");
  if (!reader.has_value()) {
    return 0;
  }
  size_t packets = 0;
  size_t bytes = 0;
  while (true) {
    const auto packet = (*reader)->next();
    if (!packet.has_value() || !packet->has_value()) {
      return 0;
    }
    const p4_cli::CapturedPacket& got = **packet;
    check(got.bytes.size() <= p4_cli::captured_bytes_max, "no packet is longer than the limit");
    check(got.time_ns < p4_cli::time_ns_max + 1'000'000'000, "no time is later than the limit");
    check(got.interface < p4_cli::interfaces_max, "no interface that the file does not describe");
    bytes += got.bytes.size();
    check(bytes <= size && ++packets <= size, "packets are no more than the file has");
  }
}
