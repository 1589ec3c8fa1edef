#include "nvme/host_data.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>

namespace outrigger::nvme {

void fill_host_data(Command& command, std::span<const std::byte> data, uint64_t offset) noexcept {
  data = data.subspan(std::min<uint64_t>(offset, data.size()));
  for (const iovec& piece : std::span(command.iov, command.iov_count)) {
    const size_t copied = std::min(piece.iov_len, data.size());
    if (copied != 0) {
      std::memcpy(piece.iov_base, data.data(), copied);
    }
    if (copied < piece.iov_len) {
      std::memset(static_cast<std::byte*>(piece.iov_base) + copied, 0, piece.iov_len - copied);
    }
    data = data.subspan(copied);
  }
}

void read_host_data(const Command& command, std::span<std::byte> data) noexcept {
  for (const iovec& piece : std::span(command.iov, command.iov_count)) {
    const size_t copied = std::min(piece.iov_len, data.size());
    if (copied != 0) {
      std::memcpy(data.data(), piece.iov_base, copied);
    }
    data = data.subspan(copied);
  }
  check(data.empty(), "a transport brings the data that prepare() asked for");
}

void fill_text(std::span<char> field, std::string_view text) noexcept {
  const size_t copied = std::min(field.size(), text.size());
  std::copy_n(text.begin(), copied, field.begin());
  std::fill(field.begin() + static_cast<std::ptrdiff_t>(copied), field.end(), ' ');
}

}  // namespace outrigger::nvme
