#include "vhost_user/inflight_region.h"

#include "virtio/inflight_log.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace outrigger::vhost_user {
namespace {

// Both forms begin with a u64 of features and the u16 version, which is zero in a buffer nobody initialised
// yet.
constexpr size_t version_offset = 8;

}  // namespace

uint64_t InflightRegion::bytes_per_queue(uint16_t queue_size, RingForm form) noexcept {
  return virtio::inflight_queue_bytes(queue_size, form == RingForm::Packed);
}

Result<UniqueFd> InflightRegion::allocate(InflightDescription& description, RingForm form) {
  const uint64_t bytes = bytes_per_queue(description.queue_size, form) * description.queue_count;
  if (bytes == 0 || bytes > inflight_bytes_max) {
    return fail(Code::InvalidArgument, "an in-flight region for {} queues of {} is not possible",
                description.queue_count, description.queue_size);
  }
  UniqueFd fd(::memfd_create("outrigger-inflight", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.is_open()) {
    return fail_errno(errno, "cannot make the in-flight region");
  }
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) {
    return fail_errno(errno, "cannot size the in-flight region");
  }
  // It cannot shrink under us or under the front end.
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  description.mmap_size = bytes;
  description.mmap_offset = 0;
  return fd;
}

Result<InflightRegion> InflightRegion::adopt(const InflightDescription& description, const UniqueFd& fd,
                                             std::shared_ptr<BreakSignal> signal) {
  if (description.queue_count == 0 || description.queue_size == 0 ||
      description.mmap_size > inflight_bytes_max) {
    return fail(Code::InvalidArgument, "an in-flight region of {} bytes for {} queues of {} is not possible",
                description.mmap_size, description.queue_count, description.queue_size);
  }
  if (description.mmap_offset % virtio::inflight_alignment != 0) {
    return fail(Code::InvalidArgument, "the in-flight region begins at {:#x}, which is not a multiple of {}",
                description.mmap_offset, virtio::inflight_alignment);
  }
  auto mapping = SharedMapping::create(fd, description.mmap_offset, description.mmap_size, std::move(signal),
                                       "the in-flight region");
  if (!mapping.has_value()) {
    return std::unexpected(std::move(mapping).error());
  }
  InflightRegion region;
  region.mapping_ = std::move(*mapping);
  region.queue_count_ = description.queue_count;
  region.queue_size_ = description.queue_size;
  return region;
}

Result<virtio::InflightArea> InflightRegion::area(uint16_t index, uint16_t queue_size, RingForm form) const {
  if (!is_shared()) {
    return virtio::InflightArea{};
  }
  if (index >= queue_count_ || queue_size > queue_size_) {
    return fail(Code::FailedPrecondition,
                "the in-flight region was made for {} queues of {}; ring {} of {} has no place in it",
                queue_count_, queue_size_, index, queue_size);
  }
  const uint64_t stride = bytes_per_queue(queue_size_, form);
  const auto bytes = mapping_->bytes();
  if (stride * (index + 1ULL) > bytes.size()) {
    return fail(Code::FailedPrecondition, "the in-flight region of {} bytes is too small for ring {} of {}",
                bytes.size(), index, queue_size);
  }
  const auto part = bytes.subspan(stride * index, stride);
  uint16_t version = 0;
  std::memcpy(&version, part.data() + version_offset, sizeof(version));
  return virtio::InflightArea{.bytes = part, .is_fresh = version == 0};
}

}  // namespace outrigger::vhost_user
