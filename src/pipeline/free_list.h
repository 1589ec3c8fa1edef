// FreeList: numbers that can be used again. Quiescence gives them back from whatever thread reclaims, hence the mutex;
// the data path never comes here.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace outrigger::pipeline {

class FreeList {
 public:
  void push(uint32_t number) noexcept {
    const std::scoped_lock lock(mutex_);
    numbers_.push_back(number);
  }
  [[nodiscard]] std::optional<uint32_t> pop() noexcept {
    const std::scoped_lock lock(mutex_);
    if (numbers_.empty()) {
      return std::nullopt;
    }
    const uint32_t number = numbers_.back();
    numbers_.pop_back();
    return number;
  }
  // For Quiescence::retire(): `list` is a FreeList.
  static void give_back(void* list, uint64_t number) noexcept {
    static_cast<FreeList*>(list)->push(static_cast<uint32_t>(number));
  }

 private:
  std::mutex mutex_;
  std::vector<uint32_t> numbers_;
};

}  // namespace outrigger::pipeline
