// The digests of NVMe/TCP: CRC32C over the header, and over the data (TCP Transport 1.0, section 3.6.1.3). The
// value is sent as a little endian integer.
#pragma once

#include "accel/software_engine.h"

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace outrigger::nvme_tcp {

[[nodiscard]] inline uint32_t digest(const void* data, size_t bytes, uint32_t previous = 0) noexcept {
  return accel::crc32c({static_cast<const std::byte*>(data), bytes}, previous);
}

// Of the first `bytes` bytes of scattered memory.
[[nodiscard]] inline uint32_t digest(std::span<const iovec> iov, size_t bytes) noexcept {
  uint32_t value = 0;
  for (const iovec& piece : iov) {
    const size_t step = std::min(piece.iov_len, bytes);
    value = digest(piece.iov_base, step, value);
    bytes -= step;
  }
  return value;
}

}  // namespace outrigger::nvme_tcp
