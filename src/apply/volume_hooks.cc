#include "apply/volume_hooks.h"

#include "apply/counters.h"
#include "base/check.h"
#include "base/log.h"
#include "outrigger/v1/volume.pb.h"

namespace outrigger::apply {

core::Job<Result<void>> VolumeHooks::realise(model::Intent intent) {
  if (Volume* const volume = volumes_.find(intent.id)) {
    co_return change(intent, *volume->device);
  }
  Result<std::unique_ptr<block::Device>> made = make(intent);
  if (!made.has_value()) {
    co_return std::unexpected(std::move(made).error());
  }
  log::info("apply", "{}: {} volume of {} blocks of {} bytes", intent.name, kind_, (*made)->block_count(),
            (*made)->fixed_geometry().block_size);
  volumes_.add(intent.id, {.name = intent.name, .kind = kind_, .uuid = uuid_of(intent), .device = std::move(*made)});
  co_return Result<void>{};
}

core::Job<Result<void>> VolumeHooks::withdraw(model::Intent intent) {
  log::info("apply", "{}: deleted", intent.name);
  volumes_.remove(intent.id);
  co_return Result<void>{};
}

void VolumeHooks::describe(const model::Intent& intent, model::Message& view) {
  const Volume* const volume = volumes_.find(intent.id);
  if (volume == nullptr) {
    return;
  }
  auto& shown = static_cast<outrigger::v1::Volume&>(view);
  const block::Geometry geometry = volume->device->geometry();
  shown.set_block_size(geometry.block_size);
  shown.set_blocks_count(static_cast<int64_t>(geometry.block_count));
  shown.set_uuid(volume->uuid);
  if (std::string trouble = volumes_.trouble_of(*volume->device); !trouble.empty()) {
    shown.set_state(outrigger::v1::Volume::OFFLINE);
    shown.set_state_reason(std::move(trouble));
  }
}

Result<model::VolumeCounters> VolumeHooks::stats(const model::Intent& intent) {
  const Volume* const volume = volumes_.find(intent.id);
  if (volume == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  return volume_counters(volume->device->counter_sums());
}

}  // namespace outrigger::apply
