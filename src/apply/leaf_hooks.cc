// The kinds of volumes that stand on nothing: null, malloc (memory) and aio (file).
#include "apply/volume_hooks.h"
#include "backend/file.h"
#include "base/log.h"
#include "block/memory_device.h"
#include "block/null_device.h"
#include "storage/backend_aio.pb.h"
#include "storage/backend_malloc.pb.h"
#include "storage/backend_null.pb.h"

namespace outrigger::apply {
namespace {

using opi_api::storage::v1::AioVolume;
using opi_api::storage::v1::MallocVolume;
using opi_api::storage::v1::NullVolume;

constexpr uint32_t block_size_default = 512;

block::Geometry geometry_of(int64_t block_size, int64_t blocks_count) {
  block::Geometry geometry;
  geometry.block_size = static_cast<uint32_t>(block_size);
  geometry.physical_block_size = geometry.block_size;
  geometry.block_count = static_cast<uint64_t>(blocks_count);
  return geometry;
}

}  // namespace

Result<std::unique_ptr<block::Device>> NullVolumeHooks::make(const model::Intent& intent) {
  const auto& wanted = intent.as<NullVolume>();
  return std::make_unique<block::NullDevice>(intent.id, geometry_of(wanted.block_size(), wanted.blocks_count()));
}

Result<void> NullVolumeHooks::change(const model::Intent& intent, block::Device& device) {
  static_cast<block::NullDevice&>(device).resize(static_cast<uint64_t>(intent.as<NullVolume>().blocks_count()));
  return {};
}

std::string NullVolumeHooks::uuid_of(const model::Intent& intent) const { return intent.as<NullVolume>().uuid(); }

Result<std::unique_ptr<block::Device>> MallocVolumeHooks::make(const model::Intent& intent) {
  const auto& wanted = intent.as<MallocVolume>();
  OR_ASSIGN(std::unique_ptr<block::Device> device,
            block::MemoryDevice::create(intent.id, {.block_size = static_cast<uint32_t>(wanted.block_size()),
                                                    .block_count = static_cast<uint64_t>(wanted.blocks_count())}));
  return device;
}

Result<void> MallocVolumeHooks::change(const model::Intent& intent, block::Device& device) {
  return static_cast<block::MemoryDevice&>(device).resize(
      static_cast<uint64_t>(intent.as<MallocVolume>().blocks_count()));
}

std::string MallocVolumeHooks::uuid_of(const model::Intent& intent) const { return intent.as<MallocVolume>().uuid(); }

Result<std::unique_ptr<block::Device>> AioVolumeHooks::make(const model::Intent& intent) {
  const auto& wanted = intent.as<AioVolume>();
  backend::FileOptions options;
  options.path = wanted.filename();
  options.block_size = static_cast<uint32_t>(wanted.block_size());
  // A size that is asked for makes the file where there is none; a file that is there must have it.
  const uint32_t block_size = options.block_size != 0 ? options.block_size : block_size_default;
  options.create_bytes = static_cast<uint64_t>(wanted.blocks_count()) * block_size;
  // After a crash the dead daemon's last requests may hold the file for a moment; a client is told at once.
  options.lock_wait_ms = intent.is_restore ? backend::FileOptions{}.lock_wait_ms : 0;
  OR_ASSIGN(std::unique_ptr<block::Device> device, backend::FileDevice::open(intent.id, options));
  return device;
}

Result<void> AioVolumeHooks::change(const model::Intent& intent, block::Device& device) {
  auto& file = static_cast<backend::FileDevice&>(device);
  const auto wanted = static_cast<uint64_t>(intent.as<AioVolume>().blocks_count());
  if (wanted == 0 || wanted == file.block_count()) {
    OR_TRY(file.rescan());  // the file may have grown since
    return {};
  }
  return file.resize(wanted * file.fixed_geometry().block_size);
}

void AioVolumeHooks::observe(const model::Intent& intent, model::Message& into) {
  const Volume* const volume = volumes_.find(intent.id);
  if (volume == nullptr) {
    return;
  }
  // Asking how large it is, or updating it with nothing new, is how one says that the file has grown.
  auto& file = static_cast<backend::FileDevice&>(*volume->device);
  if (const Result<bool> scanned = file.rescan(); !scanned.has_value()) {
    log::warning("apply", "{}: {}", intent.name, scanned.error().what);
  }
  auto& aio = static_cast<AioVolume&>(into);
  aio.set_block_size(volume->device->fixed_geometry().block_size);
  aio.set_blocks_count(static_cast<int64_t>(volume->device->block_count()));
}

std::string AioVolumeHooks::uuid_of(const model::Intent& intent) const { return intent.as<AioVolume>().uuid(); }

}  // namespace outrigger::apply
