// AddressBudget: how much of our address space one session may map, and all of them together. Without it a front end
// with 64 slots of sparse files leaves nothing for the others.
#pragma once

#include "base/result.h"
#include "vhost_user/limits.h"

#include <atomic>
#include <cstdint>
#include <string_view>

namespace outrigger::vhost_user {

// One session's. Mappings give back when they go, on any thread.
class AddressBudget {
 public:
  // `what` names the mapping in the error. On an error nothing is taken.
  Result<void> take(uint64_t bytes, std::string_view what) noexcept {
    if (!add(session_bytes_, bytes, session_bytes_max)) {
      return fail(Code::ResourceExhausted, "{}: {} more bytes would be more than the {} that one front end may share",
                  what, bytes, session_bytes_max);
    }
    if (!add(process_bytes_, bytes, process_bytes_max)) {
      session_bytes_ -= bytes;
      return fail(Code::ResourceExhausted, "{}: {} more bytes would be more than the {} that all front ends may share",
                  what, bytes, process_bytes_max);
    }
    return {};
  }
  void give_back(uint64_t bytes) noexcept {
    session_bytes_ -= bytes;
    process_bytes_ -= bytes;
  }

 private:
  static bool add(std::atomic<uint64_t>& sum, uint64_t bytes, uint64_t most) noexcept {
    uint64_t before = sum.load();
    do {
      if (bytes > most || before > most - bytes) {
        return false;
      }
    } while (!sum.compare_exchange_weak(before, before + bytes));
    return true;
  }

  std::atomic<uint64_t> session_bytes_{0};
  static inline std::atomic<uint64_t> process_bytes_{0};
};

}  // namespace outrigger::vhost_user
