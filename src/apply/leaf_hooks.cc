// The kinds of volumes that stand on nothing: null, malloc (memory) and aio (file).
#include "apply/volume_hooks.h"
#include "backend/file.h"
#include "base/log.h"
#include "block/memory_device.h"
#include "block/null_device.h"
#include "storage/backend_aio.pb.h"
#include "storage/backend_malloc.pb.h"
#include "storage/backend_null.pb.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

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

// UINT64_MAX when it is more than that.
template <typename Count, typename Size>
uint64_t bytes_of(Count block_count, Size block_size) noexcept {
  uint64_t bytes = 0;
  return __builtin_mul_overflow(block_count, block_size, &bytes) ? UINT64_MAX : bytes;
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

Result<void> MallocVolumeHooks::check_promise(const model::Intent& intent, uint64_t bytes) const {
  uint64_t others = 0;
  for (const Volume* const volume : volumes_.all()) {
    others +=
        volume->kind == "malloc" && volume->device->name() != intent.id ? volume->device->geometry().size_bytes() : 0;
  }
  if (bytes <= bytes_max_ && others <= bytes_max_ - bytes) {
    return {};
  }
  return fail(Code::ResourceExhausted,
              "{}: {} bytes beside the {} of other memory volumes are more than the {} that they may have together; "
              "make it smaller, delete others, or raise malloc_mib in [volumes] of the configuration",
              intent.name, bytes, others, bytes_max_);
}

Result<std::unique_ptr<block::Device>> MallocVolumeHooks::make(const model::Intent& intent) {
  const auto& wanted = intent.as<MallocVolume>();
  if (!intent.is_restore) {  // what was promised stays so
    OR_TRY(check_promise(intent, bytes_of(wanted.blocks_count(), wanted.block_size())));
  }
  OR_ASSIGN(std::unique_ptr<block::Device> device,
            block::MemoryDevice::create(intent.id, {.block_size = static_cast<uint32_t>(wanted.block_size()),
                                                    .block_count = static_cast<uint64_t>(wanted.blocks_count())}));
  return device;
}

Result<void> MallocVolumeHooks::change(const model::Intent& intent, block::Device& device) {
  const auto block_count = static_cast<uint64_t>(intent.as<MallocVolume>().blocks_count());
  if (block_count > device.block_count()) {
    OR_TRY(check_promise(intent, bytes_of(block_count, device.fixed_geometry().block_size)));
  }
  return static_cast<block::MemoryDevice&>(device).resize(block_count);
}

std::string MallocVolumeHooks::uuid_of(const model::Intent& intent) const { return intent.as<MallocVolume>().uuid(); }

// After a crash the dead daemon's last requests may hold files for a moment. All volumes together wait for that once:
// control stands still meanwhile. A client is told at once.
uint32_t AioVolumeHooks::lock_wait_left_ms() {
  constexpr uint64_t ns_per_ms = 1'000'000;
  const uint64_t now_ns = clock_.now_ns();
  if (lock_wait_end_ns_ == 0) {
    lock_wait_end_ns_ = now_ns + backend::FileOptions{}.lock_wait_ms * ns_per_ms;
  }
  return static_cast<uint32_t>((lock_wait_end_ns_ - std::min(now_ns, lock_wait_end_ns_)) / ns_per_ms);
}

Result<std::unique_ptr<block::Device>> AioVolumeHooks::make(const model::Intent& intent) {
  const auto& wanted = intent.as<AioVolume>();
  const auto block_count = static_cast<uint64_t>(wanted.blocks_count());
  backend::FileOptions options;
  options.path = wanted.filename();
  options.block_size = static_cast<uint32_t>(wanted.block_size());
  // A size makes the file where there is none; never after a restart, when an empty file would stand in for lost data.
  if (block_count != 0 && !intent.is_restore && ::access(options.path.c_str(), F_OK) != 0 && errno == ENOENT) {
    options.block_size = options.block_size != 0 ? options.block_size : block_size_default;
    options.create_bytes = block_count * options.block_size;
  }
  options.lock_wait_ms = intent.is_restore ? lock_wait_left_ms() : 0;
  OR_ASSIGN(std::unique_ptr<backend::FileDevice> file, backend::FileDevice::open(intent.id, options));
  if (block_count != 0) {
    OR_TRY(file->limit(block_count));
  }
  return file;
}

// A volume is as large as asked: the first blocks of a larger file, and a file that is too small grows. What lies
// behind a smaller volume stays in the file.
Result<void> AioVolumeHooks::change(const model::Intent& intent, block::Device& device) {
  auto& file = static_cast<backend::FileDevice&>(device);
  const auto wanted = static_cast<uint64_t>(intent.as<AioVolume>().blocks_count());
  OR_ASSIGN(const uint64_t there, file.blocks_there());
  if (wanted > there) {
    OR_TRY(file.resize(wanted * file.fixed_geometry().block_size));
  }
  return file.limit(wanted);
}

void AioVolumeHooks::observe(const model::Intent& intent, model::Message& into) {
  const Volume* const volume = volumes_.find(intent.id);
  if (volume == nullptr) {
    return;
  }
  // Asking how large it is, or updating it with nothing new, is how one says that the file has grown.
  auto& file = static_cast<backend::FileDevice&>(*volume->device);
  if (const Result<bool> scanned = file.rescan(); !scanned.has_value() && limiter_.admit(clock_.now_ns())) {
    log::warning("apply", "{}: {}", intent.name, scanned.error().what);
  }
  auto& aio = static_cast<AioVolume&>(into);
  aio.set_block_size(volume->device->fixed_geometry().block_size);
  aio.set_blocks_count(static_cast<int64_t>(volume->device->block_count()));
}

std::string AioVolumeHooks::uuid_of(const model::Intent& intent) const { return intent.as<AioVolume>().uuid(); }

}  // namespace outrigger::apply
