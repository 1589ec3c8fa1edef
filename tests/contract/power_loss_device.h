// PowerLossDevice: memory behind a write cache. What was neither flushed nor written with FUA is gone after
// lose_power(), so that a test sees whether the layers above pass on what makes data durable.
#pragma once

#include "block/device.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace outrigger::contract {

class PowerLossDevice final : public block::Device {
 public:
  PowerLossDevice(uint32_t block_size, uint64_t block_count);

  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override;
  // No request may be in flight.
  void lose_power() { cached_ = durable_; }

 private:
  friend class PowerLossChannel;
  std::vector<std::byte> cached_;
  std::vector<std::byte> durable_;
};

}  // namespace outrigger::contract
