#include "vhost_user/vring.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>

namespace outrigger::vhost_user {
namespace {

// Sizes and alignments of a ring's parts: virtio 1.2, §2.7 (split) and §2.8 (packed).
constexpr uint64_t descriptor_bytes = 16;
constexpr uint64_t descriptor_alignment = 16;
constexpr uint64_t event_suppression_bytes = 4;
constexpr uint64_t packed_area_alignment = 4;
constexpr uint64_t available_alignment = 2;
constexpr uint64_t used_alignment = 4;

constexpr uint64_t available_ring_bytes(uint64_t size) noexcept { return 6 + 2 * size; }
constexpr uint64_t used_ring_bytes(uint64_t size) noexcept { return 6 + 8 * size; }

Result<std::byte*> locate_part(const virtio::GuestMemory& memory, uint64_t address, uint64_t bytes, uint64_t alignment,
                               std::string_view part) {
  if (address % alignment != 0) {
    return fail(Code::InvalidArgument, "the {} at {:#x} is not aligned to {}", part, address, alignment);
  }
  std::byte* const host = memory.translate_user(address, bytes);
  if (host == nullptr) {
    return fail(Code::OutOfRange, "the {} ({} bytes at {:#x}) is not inside one memory region", part, bytes, address);
  }
  // A region may start at any offset of its file, so the address alone does not settle it.
  if (reinterpret_cast<uintptr_t>(host) % alignment != 0) {
    return fail(Code::InvalidArgument, "the {} at {:#x} lies at a misaligned place of its region", part, address);
  }
  return host;
}

Result<UniqueFd> duplicate(const UniqueFd& fd) {
  if (!fd.is_open()) {
    return UniqueFd();
  }
  UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy.is_open()) {
    return fail_errno(errno, "cannot duplicate a ring's event descriptor");
  }
  return copy;
}

}  // namespace

Result<void> accept_event_fd(const UniqueFd& fd, std::string_view what) {
  if (!fd.is_open()) {
    return {};
  }
  // Whatever else it may be could block a core or be ready for ever: pipes, files, but also epoll and timer
  // descriptors, which are anonymous inodes as well. Only the name tells them apart.
  constexpr std::string_view wanted = "anon_inode:[eventfd]";
  std::array<char, 64> link{};
  const ssize_t length = ::readlink(fmt::format("/proc/self/fd/{}", fd.get()).c_str(), link.data(), link.size());
  if (length < 0) {
    return fail_errno(errno, fmt::format("cannot look at {} in /proc", what));
  }
  if (std::string_view(link.data(), static_cast<size_t>(length)) != wanted) {
    return fail(Code::InvalidArgument, "{} is not an eventfd", what);
  }
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail_errno(errno, fmt::format("cannot make {} non-blocking", what));
  }
  return {};
}

Result<void> Vring::set_size(uint32_t size, uint16_t size_max) {
  if (size == 0 || size > size_max) {
    return fail(Code::OutOfRange, "a ring of {} descriptors; this device has rings of 1 to {}", size, size_max);
  }
  size_ = static_cast<uint16_t>(size);
  return {};
}

Vring::AddressChange Vring::set_address(const VringAddress& address) noexcept {
  AddressChange change;
  if (address_ != address) {
    VringAddress before = address_.value_or(VringAddress{});
    before.flags = address.flags;
    before.log = address.log;
    change = {.is_moved = !address_.has_value() || before != address, .is_logged_anew = true};
  }
  address_ = address;
  return change;
}

void Vring::set_kick(UniqueFd fd) noexcept {
  kick_fd_ = std::move(fd);
  is_started_ = true;
}

void Vring::set_stopped() noexcept {
  is_started_ = false;
  kick_fd_.reset();
}

void Vring::reset() noexcept {
  set_stopped();
  is_enabled_ = false;
  size_ = 0;
  address_.reset();
  base_ = {};
}

Result<RingPlaces> Vring::locate(const virtio::GuestMemory& memory, RingForm form) const {
  if (!address_.has_value() || size_ == 0) {
    return fail(Code::FailedPrecondition, "its size or addresses are not known yet");
  }
  const bool is_packed = form == RingForm::Packed;
  if (!is_packed && !std::has_single_bit(size_)) {
    return fail(Code::InvalidArgument, "a split ring of {} descriptors: it must be a power of two", size_);
  }
  RingPlaces places;
  OR_ASSIGN(places.descriptors, locate_part(memory, address_->descriptor, descriptor_bytes * size_,
                                            descriptor_alignment, "descriptor table"));
  OR_ASSIGN(places.driver_area,
            locate_part(memory, address_->available, is_packed ? event_suppression_bytes : available_ring_bytes(size_),
                        is_packed ? packed_area_alignment : available_alignment,
                        is_packed ? "driver event suppression area" : "available ring"));
  OR_ASSIGN(places.device_area,
            locate_part(memory, address_->used, is_packed ? event_suppression_bytes : used_ring_bytes(size_),
                        is_packed ? packed_area_alignment : used_alignment,
                        is_packed ? "device event suppression area" : "used ring"));
  return places;
}

Result<virtio::QueueSetup> Vring::make_setup(const RingPlaces& places, virtio::InflightArea inflight) const {
  virtio::QueueSetup setup;
  setup.size = size_;
  setup.descriptors = places.descriptors;
  setup.driver_area = places.driver_area;
  setup.device_area = places.device_area;
  setup.base = base_;
  OR_ASSIGN(setup.kick_fd, duplicate_kick());
  OR_ASSIGN(setup.call_fd, duplicate_call());
  OR_ASSIGN(setup.error_fd, duplicate(error_fd_));
  setup.inflight = inflight;
  setup.used_log = used_log();
  return setup;
}

Result<UniqueFd> Vring::duplicate_kick() const { return duplicate(kick_fd_); }
Result<UniqueFd> Vring::duplicate_call() const { return duplicate(call_fd_); }

}  // namespace outrigger::vhost_user
