// LayerDevice: what every device made of one device has in common: it is as large as the one below, follows its size,
// and knows how deep the stack is.
#pragma once

#include "block/device.h"

#include <string>

namespace outrigger::volume {

// Fails with FailedPrecondition when `levels` more on top of `below` would not fit a request's stack.
[[nodiscard]] Result<void> check_stack(std::string_view name, const block::Device& below, uint32_t levels);

// `below` outlives the layer and is borrowed. Made and destroyed on the control thread.
class LayerDevice : public block::Device, private block::DeviceObserver {
 public:
  ~LayerDevice() override;

  [[nodiscard]] block::Device& below() const noexcept { return below_; }

 protected:
  LayerDevice(std::string name, block::Geometry geometry, block::Device& below);

 private:
  void device_resized(block::Device& device) final;

  block::Device& below_;
};

}  // namespace outrigger::volume
