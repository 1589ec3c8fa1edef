#include "load/frontend.h"

#include "vhost_user/socket_address.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace outrigger::load {
namespace {

using vhost_user::bit;
using vhost_user::Header;
using vhost_user::ProtocolFeature;
using vhost_user::RequestId;
namespace header_flag = vhost_user::header_flag;

// How long a back end may take for an answer: stopping a ring waits for its requests.
constexpr timeval answer_timeout{.tv_sec = 20, .tv_usec = 0};

constexpr uint64_t wanted_protocol_features = bit(ProtocolFeature::Mq) | bit(ProtocolFeature::ReplyAck) |
                                              bit(ProtocolFeature::Config) | bit(ProtocolFeature::InflightShmfd);

}  // namespace

Result<Frontend> Frontend::connect(const std::string& path, uint64_t features) {
  OR_ASSIGN(const auto address, vhost_user::SocketAddress::create(path));
  OR_ASSIGN(UniqueFd socket, vhost_user::connect_to(address));
  return negotiate(std::move(socket), features);
}

Result<Frontend> Frontend::negotiate(UniqueFd socket, uint64_t features) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  ::fcntl(socket.get(), F_SETFL, flags & ~O_NONBLOCK);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &answer_timeout, sizeof(answer_timeout));
  Frontend frontend(std::move(socket));
  OR_TRY(frontend.negotiate_features(features));
  return frontend;
}

Result<void> Frontend::negotiate_features(uint64_t features) {
  uint64_t offered = 0;
  OR_TRY(ask(RequestId::GetFeatures, {}, std::as_writable_bytes(std::span(&offered, 1))));
  features_ = offered & (features | vhost_user::feature::ProtocolFeatures);
  if ((features_ & vhost_user::feature::ProtocolFeatures) != 0) {
    uint64_t offered_protocol = 0;
    OR_TRY(ask(RequestId::GetProtocolFeatures, {}, std::as_writable_bytes(std::span(&offered_protocol, 1))));
    const uint64_t wanted = offered_protocol & wanted_protocol_features;
    OR_TRY(say(RequestId::SetProtocolFeatures, wanted));
    protocol_features_ = wanted;
  }
  OR_TRY(send(RequestId::SetOwner, {}));
  return say(RequestId::SetFeatures, features_);
}

Result<uint64_t> Frontend::queue_count_max() {
  if ((protocol_features_ & bit(ProtocolFeature::Mq)) == 0) {
    return 1;
  }
  uint64_t count = 0;
  OR_TRY(ask(RequestId::GetQueueNum, {}, std::as_writable_bytes(std::span(&count, 1))));
  return count;
}

Result<virtio::BlkConfigSpace> Frontend::config() {
  // What QEMU 7.2 asks for: the structure up to the zero that ends write-zeroes.
  constexpr uint32_t config_bytes = 60;
  std::array<std::byte, sizeof(vhost_user::ConfigHeader) + config_bytes> payload{};
  const vhost_user::ConfigHeader header{.offset = 0, .size = config_bytes, .flags = 0};
  std::memcpy(payload.data(), &header, sizeof(header));
  const auto request = payload;
  OR_TRY(ask(RequestId::GetConfig, request, payload));
  virtio::BlkConfigSpace space;
  std::memcpy(static_cast<void*>(&space), payload.data() + sizeof(header), config_bytes);
  return space;
}

Result<void> Frontend::share(const SharedMemory& memory) {
  const auto bytes = memory.bytes();
  vhost_user::MemoryTableDescription table;
  table.region_count = 1;
  table.regions[0] = {.guest_address = SharedMemory::guest_base,
                      .size_bytes = bytes.size(),
                      .user_address = memory.user_address(bytes.data()),
                      .mmap_offset = 0};
  const int fd = memory.fd().get();
  return send(RequestId::SetMemTable, std::as_bytes(std::span(&table, 1)).first(8 + 32), std::span(&fd, 1));
}

Result<void> Frontend::make_inflight(uint16_t queue_count, uint16_t queue_size) {
  if ((protocol_features_ & bit(ProtocolFeature::InflightShmfd)) == 0) {
    return fail(Code::Unimplemented, "the back end offers no in-flight region");
  }
  inflight_ = {.mmap_size = 0, .mmap_offset = 0, .queue_count = queue_count, .queue_size = queue_size};
  const auto request = inflight_;
  OR_TRY(ask(RequestId::GetInflightFd, std::as_bytes(std::span(&request, 1)),
             std::as_writable_bytes(std::span(&inflight_, 1)), &inflight_fd_));
  if (!inflight_fd_.is_open() || inflight_.mmap_size == 0) {
    return fail(Code::Unavailable, "the back end gave no in-flight region");
  }
  return {};
}

Result<void> Frontend::set_inflight(const Frontend& owner) {
  if (&owner != this) {
    inflight_ = owner.inflight_;
    inflight_fd_.reset(::fcntl(owner.inflight_fd_.get(), F_DUPFD_CLOEXEC, 3));
  }
  const int fd = inflight_fd_.get();
  return say(RequestId::SetInflightFd, inflight_, std::span(&fd, 1));
}

Frontend::Ring& Frontend::ring(uint16_t index) {
  while (rings_.size() <= index) {
    rings_.push_back({.kick_fd = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
                      .call_fd = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))});
  }
  return rings_[index];
}

Result<void> Frontend::start_ring(uint16_t index, const SharedMemory& memory, const RingPlace& place) {
  const Ring& fds = ring(index);
  const int kick_fd = fds.kick_fd.get();
  const int call_fd = fds.call_fd.get();
  OR_TRY(say(RequestId::SetVringNum, vhost_user::VringState{index, place.size}));
  OR_TRY(say(RequestId::SetVringBase, vhost_user::VringState{index, place.base}));
  OR_TRY(say(RequestId::SetVringAddr, vhost_user::VringAddress{.index = index,
                                                               .flags = 0,
                                                               .descriptor = memory.user_address(place.descriptors),
                                                               .used = memory.user_address(place.device_area),
                                                               .available = memory.user_address(place.driver_area),
                                                               .log = 0}));
  OR_TRY(say(RequestId::SetVringCall, uint64_t{index}, std::span(&call_fd, 1)));
  OR_TRY(say(RequestId::SetVringKick, uint64_t{index}, std::span(&kick_fd, 1)));
  if ((features_ & vhost_user::feature::ProtocolFeatures) != 0) {
    OR_TRY(say(RequestId::SetVringEnable, vhost_user::VringState{index, 1}));
  }
  return {};
}

Result<uint32_t> Frontend::stop_ring(uint16_t index) {
  const vhost_user::VringState request{index, 0};
  vhost_user::VringState reply;
  OR_TRY(ask(RequestId::GetVringBase, std::as_bytes(std::span(&request, 1)),
             std::as_writable_bytes(std::span(&reply, 1))));
  return reply.num;
}

void Frontend::kick(uint16_t index) const noexcept {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(rings_[index].kick_fd.get(), &one, sizeof(one));
}

Result<void> Frontend::send(RequestId request, std::span<const std::byte> payload, std::span<const int> fds) {
  const bool has_acknowledgement = (protocol_features_ & bit(ProtocolFeature::ReplyAck)) != 0;
  OR_TRY(put(request, has_acknowledgement ? header_flag::NeedReply : 0, payload, fds));
  if (has_acknowledgement) {
    uint64_t outcome = 0;
    OR_TRY(take(request, std::as_writable_bytes(std::span(&outcome, 1)), nullptr));
    if (outcome != 0) {
      return fail(Code::FailedPrecondition, "the back end refused {}",
                  vhost_user::request_name(static_cast<uint32_t>(request)));
    }
  }
  return {};
}

Result<void> Frontend::ask(RequestId request, std::span<const std::byte> payload, std::span<std::byte> reply,
                           UniqueFd* fd) {
  OR_TRY(put(request, 0, payload, {}));
  return take(request, reply, fd);
}

Result<void> Frontend::put(RequestId request, uint32_t flags, std::span<const std::byte> payload,
                           std::span<const int> fds) const {
  const Header header{.request = static_cast<uint32_t>(request),
                      .flags = header_flag::Version1 | flags,
                      .size = static_cast<uint32_t>(payload.size())};
  iovec parts[2] = {{const_cast<Header*>(&header), sizeof(header)},
                    {const_cast<std::byte*>(payload.data()), payload.size()}};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(8 * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* const c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(c), fds.data(), fds.size_bytes());
  }
  const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(sizeof(header) + payload.size())) {
    return fail_errno(errno, fmt::format("sending {}", vhost_user::request_name(header.request)));
  }
  return {};
}

Result<void> Frontend::take(RequestId request, std::span<std::byte> reply, UniqueFd* fd) const {
  const auto name = vhost_user::request_name(static_cast<uint32_t>(request));
  Header header;
  iovec part{&header, sizeof(header)};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_WAITALL | MSG_CMSG_CLOEXEC);
  if (got != static_cast<ssize_t>(sizeof(header))) {
    return fail(Code::Unavailable, "no answer to {}: {}", name,
                got == 0 ? "the back end closed the connection" : std::strerror(errno));
  }
  if (const cmsghdr* const c = CMSG_FIRSTHDR(&message); c != nullptr && c->cmsg_type == SCM_RIGHTS) {
    int received = -1;
    std::memcpy(&received, CMSG_DATA(c), sizeof(received));
    UniqueFd owned(received);
    if (fd != nullptr) {
      *fd = std::move(owned);
    }
  }
  if (header.request != static_cast<uint32_t>(request) || header.flags != 0x5 || header.size != reply.size()) {
    return fail(Code::DataLoss, "{} was answered with request {}, flags {:#x}, {} bytes; {} bytes were expected", name,
                header.request, header.flags, header.size, reply.size());
  }
  if (!reply.empty() &&
      ::recv(socket_.get(), reply.data(), reply.size(), MSG_WAITALL) != static_cast<ssize_t>(reply.size())) {
    return fail(Code::DataLoss, "the answer to {} is cut off", name);
  }
  return {};
}

}  // namespace outrigger::load
