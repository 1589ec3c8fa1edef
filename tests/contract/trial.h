// Trial: one request of the workload, its data cut into pieces, and what everything looked like before it was
// submitted, so that a device that changes what it must not is found out.
#pragma once

#include "block/request.h"
#include "core/random.h"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrigger::contract {

class Trial {
 public:
  block::Request request;
  void* owner = nullptr;
  uint64_t lba = 0;         // within the workload's part of the device
  uint64_t source_lba = 0;  // the same
  uint64_t count = 0;
  block::Status expected = block::Status::Ok;

  // Lays `data` out in memory: half of the time in one aligned piece, else cut anywhere, with guard bytes between.
  void lay_out(std::span<const std::byte> data, core::Random& random);
  // No data at all (Flush, Discard, …).
  void lay_out_nothing();
  // The pieces put together again.
  [[nodiscard]] std::vector<std::byte> gathered() const;
  // Notes the request as it is submitted.
  void remember();
  // What the device changed though it must not: the request's own fields, the guard bytes, the data of anything but
  // a read. Empty when nothing.
  [[nodiscard]] std::string trespass() const;
  // "write of 3 blocks at 17", for messages.
  [[nodiscard]] std::string describe() const;

 private:
  void add_piece(std::span<const std::byte> data, size_t guard);

  std::vector<std::byte> memory_;
  std::byte* start_ = nullptr;  // page-aligned, within memory_
  size_t used_ = 0;
  std::vector<iovec> iov_;
  // As submitted.
  block::Request before_;
  std::vector<iovec> iov_before_;
  std::vector<std::byte> memory_before_;
};

}  // namespace outrigger::contract
