// FaultyDevice: an ordinary device in front of another that fails, delays or holds back requests as its rules say,
// by chance from a seed or for certain. For tests of everything that stands on a device.
#pragma once

#include "base/intrusive.h"
#include "block/device.h"
#include "core/random.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::block {

enum class Fault : uint8_t {
  FailBefore,  // completes with `status`; the device below never hears of it
  FailAfter,   // the device below does it, and then `status` is reported
  Delay,       // goes below `delay_ns` later, by the reactor's timers
  Hold,        // goes nowhere until release()
};

// Applies to requests that match everything that is given; the first rule that matches and strikes decides.
struct FaultRule {
  Fault fault = Fault::FailBefore;
  std::optional<Op> op = std::nullopt;  // none: every operation
  uint64_t lba_first = 0;
  uint64_t lba_last = UINT64_MAX;  // inclusive; Flush and Reset match whatever the range
  Status status = Status::IoError;
  uint64_t delay_ns = 0;
  uint64_t one_in = 1;              // strikes once in so many matches, by chance; 1: always
  uint64_t count_max = UINT64_MAX;  // and at most so often, over all cores
};

class FaultyDevice final : public Device, private DeviceObserver {
 public:
  // `base` is borrowed and must outlive this.
  FaultyDevice(std::string name, Device& base, uint64_t seed);
  ~FaultyDevice() override;

  Result<std::unique_ptr<Channel>> open_channel(core::Reactor& reactor) override;
  [[nodiscard]] uint32_t stack_depth() const noexcept override { return base_.stack_depth() + 2; }

  // Any thread.
  void add_rule(const FaultRule& rule);
  void clear_rules();
  // How many requests were failed, delayed or held so far.
  [[nodiscard]] uint64_t strike_count() const;
  // How many requests are held now, on all cores.
  [[nodiscard]] uint64_t held_count() const;

  // On `reactor`'s thread: what its channels hold goes below, in the order it came, or, with a status, completes
  // with that.
  void release(const core::Reactor& reactor, std::optional<Status> status = std::nullopt);

 private:
  friend class FaultyChannel;
  void device_resized(Device& device) override;
  // The rule that strikes this request, if any.
  std::optional<FaultRule> strike(const Request& request, core::Random& random);

  Device& base_;
  const uint64_t seed_;
  mutable std::mutex mutex_;  // a test's device: rules are changed while cores run
  std::vector<FaultRule> rules_;
  std::vector<class FaultyChannel*> channels_;
  uint64_t opened_count_ = 0;
  uint64_t strike_count_ = 0;
  uint64_t held_count_ = 0;
};

}  // namespace outrigger::block
