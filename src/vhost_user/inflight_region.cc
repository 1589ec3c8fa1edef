#include "vhost_user/inflight_region.h"

#include "virtio/inflight_log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace outrigger::vhost_user {
namespace {

// Both forms begin with a u64 of features and the u16 version, which is zero in a buffer nobody initialised
// yet.
constexpr size_t version_offset = 8;

// The end of every region that we make. The front end gives back as many bytes as we asked for, so what it does not
// know of survives along with what it does.
struct Note {
  uint64_t magic;
  uint8_t is_kept;
  uint8_t choice;
  uint8_t padding[54];
};
static_assert(sizeof(Note) == virtio::inflight_alignment);
constexpr uint64_t note_magic = 0x65746f6e2d726f01;  // no other back end ends its regions like this

}  // namespace

uint64_t InflightRegion::bytes_per_queue(uint16_t queue_size, RingForm form) noexcept {
  return virtio::inflight_queue_bytes(queue_size, form == RingForm::Packed);
}

Result<UniqueFd> InflightRegion::allocate(InflightDescription& description, RingForm form) {
  const uint64_t queues_bytes = bytes_per_queue(description.queue_size, form) * description.queue_count;
  const uint64_t bytes = queues_bytes + sizeof(Note);
  if (queues_bytes == 0 || bytes > inflight_bytes_max) {
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
  if (::pwrite(fd.get(), &note_magic, sizeof(note_magic), static_cast<off_t>(queues_bytes)) !=
      static_cast<ssize_t>(sizeof(note_magic))) {
    return fail_errno(errno, "cannot write to the in-flight region");
  }
  // It cannot shrink under us or under the front end.
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  description.mmap_size = bytes;
  description.mmap_offset = 0;
  return fd;
}

Result<InflightRegion> InflightRegion::adopt(const InflightDescription& description, const UniqueFd& fd,
                                             std::shared_ptr<BreakSignal> signal) {
  if (description.queue_count == 0 || description.queue_size == 0 || description.mmap_size > inflight_bytes_max) {
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
                "the in-flight region was made for {} queues of {}; ring {} of {} has no place in it", queue_count_,
                queue_size_, index, queue_size);
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

std::byte* InflightRegion::note() const noexcept {
  if (!is_shared() || mapping_->bytes().size() < sizeof(Note)) {
    return nullptr;
  }
  std::byte* const at = mapping_->bytes().data() + (mapping_->bytes().size() - sizeof(Note));
  return virtio::copy_once<uint64_t>(at) == note_magic ? at : nullptr;
}

std::optional<std::byte> InflightRegion::choice() const noexcept {
  const std::byte* const at = note();
  if (at == nullptr) {
    return std::nullopt;
  }
  const auto kept = virtio::copy_once<Note>(at);
  return kept.is_kept == 1 ? std::optional(static_cast<std::byte>(kept.choice)) : std::nullopt;
}

void InflightRegion::keep_choice(std::byte choice) noexcept {
  if (std::byte* const at = note(); at != nullptr) {
    // The choice first: we may die in between.
    virtio::store_release(at + offsetof(Note, choice), static_cast<uint8_t>(choice));
    virtio::store_release(at + offsetof(Note, is_kept), uint8_t{1});
  }
}

}  // namespace outrigger::vhost_user
