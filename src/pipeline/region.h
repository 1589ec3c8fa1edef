// Region: memory that is reserved at once and taken page by page when it is first touched; it begins as zeroes. Tables
// and arrays of the size that a program asks for cost nothing until they are filled, and what lies in them never moves.
#pragma once

#include "base/result.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outrigger::pipeline {

class Region {
 public:
  Region() noexcept = default;
  // `what` names the thing in the error. `is_dense`: most of it will be used; large pages are worth their memory.
  static Result<Region> make(uint64_t bytes, std::string_view what, bool is_dense = false);
  ~Region();
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] uint64_t size_bytes() const noexcept { return bytes_; }
  // Zeroes are valid values of every T that is laid here: integers and atomics of them.
  template <typename T>
  [[nodiscard]] T* as() const noexcept {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace outrigger::pipeline
