// Between a command's buffers and the structures of admin commands.
#pragma once

#include "nvme/command.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace outrigger::nvme {

template <typename T>
std::span<const std::byte> bytes_of(const T& value) noexcept {
  return std::as_bytes(std::span(&value, 1));
}

// prepare(): the command wants `bytes` of data; refused when the host's SGL is shorter.
[[nodiscard]] inline Status wants_data(Command& command, Direction direction, uint32_t bytes) noexcept {
  if (command.sgl_bytes < bytes) {
    return Status::final(StatusCode::DataSglLengthInvalid);
  }
  command.direction = direction;
  command.data_bytes = bytes;
  return {};
}

// Fills all of the command's buffers: `data` from `offset` on, then zeroes.
void fill_host_data(Command& command, std::span<const std::byte> data, uint64_t offset = 0) noexcept;
// Copies what the host sent into `data`, which is not longer than it.
void read_host_data(const Command& command, std::span<std::byte> data) noexcept;
// A field of ASCII characters, filled with spaces.
void fill_text(std::span<char> field, std::string_view text) noexcept;

}  // namespace outrigger::nvme
