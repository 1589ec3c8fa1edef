// The messages of the vhost-user protocol (QEMU docs/interop/vhost-user.rst): wire structures as the
// specification prints them, and parse(), a total function from received bytes and descriptors to a Message
// or a sentence that says what was wrong. All integers are in the machine's own byte order, as the
// specification asks.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "vhost_user/limits.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace outrigger::vhost_user {

// Requests of the front end, with their numbers.
enum class RequestId : uint32_t {
  GetFeatures = 1,
  SetFeatures = 2,
  SetOwner = 3,
  ResetOwner = 4,
  SetMemTable = 5,
  SetLogBase = 6,
  SetLogFd = 7,
  SetVringNum = 8,
  SetVringAddr = 9,
  SetVringBase = 10,
  GetVringBase = 11,
  SetVringKick = 12,
  SetVringCall = 13,
  SetVringErr = 14,
  GetProtocolFeatures = 15,
  SetProtocolFeatures = 16,
  GetQueueNum = 17,
  SetVringEnable = 18,
  SetBackendReqFd = 21,
  GetConfig = 24,
  SetConfig = 25,
  GetInflightFd = 31,
  SetInflightFd = 32,
  ResetDevice = 34,
  GetMaxMemSlots = 36,
  AddMemReg = 37,
  RemMemReg = 38,
  SetStatus = 39,
  GetStatus = 40,
};

// Requests of ours on the channel that SET_BACKEND_REQ_FD gives us.
enum class BackendRequestId : uint32_t {
  ConfigChangeMsg = 2,
};

namespace feature {
// Feature bits of the transport, beside the device's own (GET_FEATURES).
inline constexpr uint64_t LogAll = 1ULL << 26;            // VHOST_F_LOG_ALL
inline constexpr uint64_t ProtocolFeatures = 1ULL << 30;  // VHOST_USER_F_PROTOCOL_FEATURES
inline constexpr uint64_t RingPacked = 1ULL << 34;  // VIRTIO_F_RING_PACKED: decides the form of the rings
}  // namespace feature

// VHOST_USER_PROTOCOL_F_*: bit numbers.
enum class ProtocolFeature : uint8_t {
  Mq = 0,
  LogShmfd = 1,
  ReplyAck = 3,
  BackendReq = 5,
  Config = 9,
  BackendSendFd = 10,
  InflightShmfd = 12,
  ResetDevice = 13,
  ConfigureMemSlots = 15,
  Status = 16,
};
constexpr uint64_t bit(ProtocolFeature protocol_feature) noexcept {
  return 1ULL << static_cast<unsigned>(protocol_feature);
}
// What we offer.
inline constexpr uint64_t offered_protocol_features =
    bit(ProtocolFeature::Mq) | bit(ProtocolFeature::LogShmfd) | bit(ProtocolFeature::ReplyAck) |
    bit(ProtocolFeature::BackendReq) | bit(ProtocolFeature::Config) | bit(ProtocolFeature::InflightShmfd) |
    bit(ProtocolFeature::ResetDevice) | bit(ProtocolFeature::ConfigureMemSlots) |
    bit(ProtocolFeature::Status);

// Flags of the header.
namespace header_flag {
inline constexpr uint32_t VersionMask = 0x3;
inline constexpr uint32_t Version1 = 0x1;
inline constexpr uint32_t Reply = 0x4;
inline constexpr uint32_t NeedReply = 0x8;
}  // namespace header_flag

struct Header {
  uint32_t request = 0;
  uint32_t flags = 0;
  uint32_t size = 0;  // of the payload that follows
};
static_assert(sizeof(Header) == 12);

// SET_VRING_NUM, SET_VRING_BASE, GET_VRING_BASE, SET_VRING_ENABLE.
struct VringState {
  uint32_t index = 0;
  uint32_t num = 0;
};
static_assert(sizeof(VringState) == 8);

// SET_VRING_ADDR. The three ring addresses are addresses of the front end's own address space.
struct VringAddress {
  static constexpr uint32_t flag_log = 1;  // VHOST_VRING_F_LOG: writes to the used ring are logged
  uint32_t index = 0;
  uint32_t flags = 0;
  uint64_t descriptor = 0;
  uint64_t used = 0;
  uint64_t available = 0;
  uint64_t log = 0;  // guest physical address at which writes to the used ring are logged
  friend bool operator==(const VringAddress&, const VringAddress&) = default;
};
static_assert(sizeof(VringAddress) == 40);

// One region of SET_MEM_TABLE, ADD_MEM_REG, REM_MEM_REG.
struct RegionDescription {
  uint64_t guest_address = 0;
  uint64_t size_bytes = 0;
  uint64_t user_address = 0;
  uint64_t mmap_offset = 0;
};
static_assert(sizeof(RegionDescription) == 32);

struct MemoryTableDescription {
  uint32_t region_count = 0;
  uint32_t padding = 0;
  std::array<RegionDescription, table_regions_max> regions{};
};
static_assert(sizeof(MemoryTableDescription) == 264);

struct SingleRegionDescription {
  uint64_t padding = 0;
  RegionDescription region;
};
static_assert(sizeof(SingleRegionDescription) == 40);

// SET_LOG_BASE with LOG_SHMFD.
struct LogDescription {
  uint64_t mmap_size = 0;
  uint64_t mmap_offset = 0;
};
static_assert(sizeof(LogDescription) == 16);

// GET_CONFIG, SET_CONFIG: followed by `size` bytes.
struct ConfigHeader {
  static constexpr uint32_t flag_live_migration = 1;
  uint32_t offset = 0;
  uint32_t size = 0;
  uint32_t flags = 0;
};
static_assert(sizeof(ConfigHeader) == 12);

struct ConfigDescription {
  ConfigHeader header;
  std::array<std::byte, config_bytes_max> bytes{};
};
static_assert(sizeof(ConfigDescription) == 268);

// GET_INFLIGHT_FD, SET_INFLIGHT_FD. QEMU and DPDK send the structure with its tail padding (24 bytes), others
// without (20); the reply has the length of the request.
struct InflightDescription {
  static constexpr uint32_t wire_bytes_min = 20;
  uint64_t mmap_size = 0;
  uint64_t mmap_offset = 0;
  uint16_t queue_count = 0;
  uint16_t queue_size = 0;
};
static_assert(sizeof(InflightDescription) == 24);

// SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR: a u64 with the ring in bits 0–7 and "no descriptor" in
// bit 8.
struct VringFd {
  static constexpr uint64_t index_mask = 0xFF;
  static constexpr uint64_t flag_no_fd = 1ULL << 8;
  uint8_t index = 0;
  bool has_fd = false;
};

using Payload =
    std::variant<std::monostate, uint64_t, VringState, VringAddress, VringFd, MemoryTableDescription,
                 SingleRegionDescription, LogDescription, ConfigDescription, InflightDescription>;

// Descriptors that came with a message; closed unless somebody takes them.
struct FdList {
  std::array<UniqueFd, fds_per_receive_max> fds;
  size_t count = 0;
};

// One request, correct in its form. Owns its descriptors.
struct Message {
  RequestId request{};
  bool needs_reply = false;  // the flag as sent; it counts only with REPLY_ACK
  uint32_t payload_bytes = 0;
  Payload payload;
  FdList fds;
};

// The specification's name of a request ("SET_MEM_TABLE"), or "unknown".
std::string_view request_name(uint32_t request) noexcept;

// Whether the bytes that follow this header can be found: version, direction and length make sense. When it
// fails the stream is lost and the connection must end.
Result<void> check_header(const Header& header);

// The request in `payload`, whose header was accepted by check_header(). Takes the descriptors in any case.
// An error concerns this request only; the next message can still be read.
Result<Message> parse(const Header& header, std::span<const std::byte> payload, FdList fds);

// The protocol feature without which `request` must not be sent; 0: none.
uint64_t needed_protocol_feature(RequestId request) noexcept;

// Whether `request` has an answer of its own, REPLY_ACK or not. SET_LOG_BASE has one with LOG_SHMFD only.
bool has_own_reply(RequestId request, uint64_t protocol_features) noexcept;

}  // namespace outrigger::vhost_user
