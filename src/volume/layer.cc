#include "volume/layer.h"

namespace outrigger::volume {

Result<void> check_stack(std::string_view name, const block::Device& below, uint32_t levels) {
  const uint32_t depth = below.stack_depth() + levels;
  if (depth > block::stack_depth_max) {
    return fail(Code::FailedPrecondition,
                "volume {} on top of {} makes a stack of {} levels, {} are possible; put it on a volume nearer to the "
                "medium",
                name, below.name(), depth, block::stack_depth_max);
  }
  return {};
}

LayerDevice::LayerDevice(std::string name, block::Geometry geometry, block::Device& below)
    : Device(std::move(name), geometry), below_(below) {
  below_.subscribe(*this);
}

LayerDevice::~LayerDevice() { below_.unsubscribe(*this); }

void LayerDevice::device_resized(block::Device& device) { set_block_count(device.block_count()); }

}  // namespace outrigger::volume
