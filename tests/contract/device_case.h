// DeviceCase: one device, or stack of devices, that must keep the storage seam's contract.
//
// To add some: write a file beside this one with a function `void add_my_cases(std::vector<DeviceCase>& cases)`, name
// the file and the rooms it needs in CMakeLists.txt, and call the function in device_cases().
#pragma once

#include "block/device.h"
#include "core/reactor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::contract {

// A device under test and everything it stands on. The last device is the top; destruction is from the top down.
class DeviceStack {
 public:
  DeviceStack() = default;
  DeviceStack(DeviceStack&&) = default;
  DeviceStack(const DeviceStack&) = delete;
  DeviceStack& operator=(const DeviceStack&) = delete;
  DeviceStack& operator=(DeviceStack&&) = delete;
  ~DeviceStack() {
    while (!devices_.empty()) {
      devices_.pop_back();
    }
    if (clean_up) {
      clean_up();
    }
  }

  // Takes the device and returns it, for the next to stand on.
  template <typename D>
  D& add(std::unique_ptr<D> device) {
    D& added = *device;
    devices_.push_back(std::move(device));
    return added;
  }
  // The top is a device that something else owns, which clean_up ends.
  void lend(block::Device& device) noexcept { lent_ = &device; }
  [[nodiscard]] block::Device& top() const noexcept { return lent_ != nullptr ? *lent_ : *devices_.back(); }

  // Changes the size by whatever the stack is resized with; empty: it cannot be.
  std::function<Result<void>(uint64_t block_count)> resize;
  // After all devices are gone: removes files and the like.
  std::function<void()> clean_up;

 private:
  std::vector<std::unique_ptr<block::Device>> devices_;
  block::Device* lent_ = nullptr;
};

struct DeviceCase {
  std::string name;  // letters, digits and underscores
  // Makes the stack; `clock` is the one the reactors use. Check()s or throws nothing: a Result that fails fails the
  // test. Between 1 and 16 MiB is a good size.
  std::function<Result<DeviceStack>(const core::Clock& clock, uint64_t seed)> make;
  // Instead of `make`, for devices that know their cores: channels are opened on these. They do not run yet, or are the
  // calling thread's, and so it is when the stack is taken down.
  std::function<Result<DeviceStack>(const core::Clock& clock, uint64_t seed, const std::vector<core::Reactor*>& cores)>
      make_on = {};
  bool keeps_data = true;        // false: what is read is not compared (null)
  bool may_fail = false;         // requests may end in IoError, and then their blocks hold the old or the new
  bool needs_uring = false;      // its reactors need an io_uring
  size_t buffer_bytes = 0;       // what its reactors' buffer pools need
  std::string why_missing = {};  // not empty: this machine lacks what it needs, and its tests are shown as skipped
};

// Every case there is.
std::vector<DeviceCase> device_cases();

void add_block_cases(std::vector<DeviceCase>& cases);
void add_layer_cases(std::vector<DeviceCase>& cases);
void add_remote_cases(std::vector<DeviceCase>& cases);

}  // namespace outrigger::contract
