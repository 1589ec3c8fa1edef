#include "vhost_user/message.h"

#include <cstring>

namespace outrigger::vhost_user {
namespace {

enum class Form : uint8_t { Nothing, U64, State, Address, Fd, Table, Region, Log, Config, Inflight };

// What the specification says of one request.
struct RequestRule {
  RequestId id;
  std::string_view name;
  Form form;
  uint8_t fds_min;
  uint8_t fds_max;
  bool has_reply;
  uint64_t needs;  // protocol feature
};

constexpr uint64_t no_feature = 0;

constexpr RequestRule rules[] = {
    {RequestId::GetFeatures, "GET_FEATURES", Form::Nothing, 0, 0, true, no_feature},
    {RequestId::SetFeatures, "SET_FEATURES", Form::U64, 0, 0, false, no_feature},
    {RequestId::SetOwner, "SET_OWNER", Form::Nothing, 0, 0, false, no_feature},
    {RequestId::ResetOwner, "RESET_OWNER", Form::Nothing, 0, 0, false, no_feature},
    {RequestId::SetMemTable, "SET_MEM_TABLE", Form::Table, 0, table_regions_max, false, no_feature},
    {RequestId::SetLogBase, "SET_LOG_BASE", Form::Log, 0, 1, false, no_feature},
    {RequestId::SetLogFd, "SET_LOG_FD", Form::Nothing, 1, 1, false, no_feature},
    {RequestId::SetVringNum, "SET_VRING_NUM", Form::State, 0, 0, false, no_feature},
    {RequestId::SetVringAddr, "SET_VRING_ADDR", Form::Address, 0, 0, false, no_feature},
    {RequestId::SetVringBase, "SET_VRING_BASE", Form::State, 0, 0, false, no_feature},
    {RequestId::GetVringBase, "GET_VRING_BASE", Form::State, 0, 0, true, no_feature},
    {RequestId::SetVringKick, "SET_VRING_KICK", Form::Fd, 0, 1, false, no_feature},
    {RequestId::SetVringCall, "SET_VRING_CALL", Form::Fd, 0, 1, false, no_feature},
    {RequestId::SetVringErr, "SET_VRING_ERR", Form::Fd, 0, 1, false, no_feature},
    {RequestId::GetProtocolFeatures, "GET_PROTOCOL_FEATURES", Form::Nothing, 0, 0, true, no_feature},
    {RequestId::SetProtocolFeatures, "SET_PROTOCOL_FEATURES", Form::U64, 0, 0, false, no_feature},
    {RequestId::GetQueueNum, "GET_QUEUE_NUM", Form::Nothing, 0, 0, true, no_feature},
    {RequestId::SetVringEnable, "SET_VRING_ENABLE", Form::State, 0, 0, false, no_feature},
    {RequestId::SetBackendReqFd, "SET_BACKEND_REQ_FD", Form::Nothing, 1, 1, false, bit(ProtocolFeature::BackendReq)},
    {RequestId::GetConfig, "GET_CONFIG", Form::Config, 0, 0, true, bit(ProtocolFeature::Config)},
    {RequestId::SetConfig, "SET_CONFIG", Form::Config, 0, 0, false, bit(ProtocolFeature::Config)},
    {RequestId::GetInflightFd, "GET_INFLIGHT_FD", Form::Inflight, 0, 0, true, bit(ProtocolFeature::InflightShmfd)},
    {RequestId::SetInflightFd, "SET_INFLIGHT_FD", Form::Inflight, 1, 1, false, bit(ProtocolFeature::InflightShmfd)},
    {RequestId::ResetDevice, "RESET_DEVICE", Form::Nothing, 0, 0, false, bit(ProtocolFeature::ResetDevice)},
    {RequestId::GetMaxMemSlots, "GET_MAX_MEM_SLOTS", Form::Nothing, 0, 0, true,
     bit(ProtocolFeature::ConfigureMemSlots)},
    {RequestId::AddMemReg, "ADD_MEM_REG", Form::Region, 1, 1, false, bit(ProtocolFeature::ConfigureMemSlots)},
    // A descriptor should not come with it; it is closed unused when it does.
    {RequestId::RemMemReg, "REM_MEM_REG", Form::Region, 0, 1, false, bit(ProtocolFeature::ConfigureMemSlots)},
    {RequestId::SetStatus, "SET_STATUS", Form::U64, 0, 0, false, bit(ProtocolFeature::Status)},
    {RequestId::GetStatus, "GET_STATUS", Form::Nothing, 0, 0, true, bit(ProtocolFeature::Status)},
};

const RequestRule* find_rule(uint32_t request) noexcept {
  for (const RequestRule& rule : rules) {
    if (static_cast<uint32_t>(rule.id) == request) {
      return &rule;
    }
  }
  return nullptr;
}

// A structure at the front of `payload`, which the caller has found long enough.
template <typename T>
T load(std::span<const std::byte> payload) noexcept {
  T value;
  std::memcpy(&value, payload.data(), sizeof(T));
  return value;
}

std::unexpected<Error> wrong_length(const RequestRule& rule, size_t got, std::string_view wanted) {
  return fail(Code::InvalidArgument, "{} carries {} bytes of payload; it must carry {}", rule.name, got, wanted);
}

template <typename T>
Result<Payload> parse_exact(const RequestRule& rule, std::span<const std::byte> payload) {
  if (payload.size() != sizeof(T)) {
    return wrong_length(rule, payload.size(), fmt::format("{}", sizeof(T)));
  }
  return Payload(load<T>(payload));
}

Result<Payload> parse_nothing(const RequestRule& rule, std::span<const std::byte> payload) {
  // Old front ends send a zero u64 with requests that have no payload (SET_OWNER of some DPDK releases).
  if (!payload.empty() && payload.size() != sizeof(uint64_t)) {
    return wrong_length(rule, payload.size(), "none");
  }
  return Payload(std::monostate{});
}

Result<Payload> parse_table(const RequestRule& rule, std::span<const std::byte> payload) {
  constexpr size_t head_bytes = offsetof(MemoryTableDescription, regions);
  if (payload.size() < head_bytes || payload.size() > sizeof(MemoryTableDescription)) {
    return wrong_length(rule, payload.size(), "8 and 32 for each region");
  }
  MemoryTableDescription table;
  std::memcpy(&table, payload.data(), payload.size());
  if (table.region_count > table_regions_max) {
    return fail(Code::InvalidArgument, "{} announces {} regions; at most {} are allowed", rule.name, table.region_count,
                table_regions_max);
  }
  // Some send the regions in use, some always all eight places.
  const size_t used_bytes = head_bytes + table.region_count * sizeof(RegionDescription);
  if (payload.size() != used_bytes && payload.size() != sizeof(MemoryTableDescription)) {
    return wrong_length(rule, payload.size(), fmt::format("{} for its {} regions", used_bytes, table.region_count));
  }
  return Payload(table);
}

Result<Payload> parse_log(const RequestRule& rule, std::span<const std::byte> payload) {
  if (payload.size() == sizeof(uint64_t)) {
    return Payload(load<uint64_t>(payload));
  }
  return parse_exact<LogDescription>(rule, payload);
}

Result<Payload> parse_config(const RequestRule& rule, std::span<const std::byte> payload) {
  if (payload.size() < sizeof(ConfigHeader) || payload.size() > sizeof(ConfigDescription)) {
    return wrong_length(rule, payload.size(), "12 to 268");
  }
  ConfigDescription config;
  std::memcpy(&config, payload.data(), payload.size());
  const auto& head = config.header;
  if (head.size > config_bytes_max || head.offset > config_bytes_max || head.offset + head.size > config_bytes_max) {
    return fail(Code::OutOfRange, "{} asks for bytes {}+{} of a configuration space of {}", rule.name, head.offset,
                head.size, config_bytes_max);
  }
  if (payload.size() != sizeof(ConfigHeader) + head.size && payload.size() != sizeof(ConfigDescription)) {
    return wrong_length(rule, payload.size(), fmt::format("12 and the {} it announces", head.size));
  }
  return Payload(config);
}

Result<Payload> parse_inflight(const RequestRule& rule, std::span<const std::byte> payload) {
  if (payload.size() != InflightDescription::wire_bytes_min && payload.size() != sizeof(InflightDescription)) {
    return wrong_length(rule, payload.size(), "20 or 24");
  }
  InflightDescription inflight;
  std::memcpy(static_cast<void*>(&inflight), payload.data(), InflightDescription::wire_bytes_min);
  return Payload(inflight);
}

Result<Payload> parse_vring_fd(const RequestRule& rule, std::span<const std::byte> payload, size_t fd_count) {
  if (payload.size() != sizeof(uint64_t)) {
    return wrong_length(rule, payload.size(), "8");
  }
  const auto value = load<uint64_t>(payload);
  if ((value & ~(VringFd::index_mask | VringFd::flag_no_fd)) != 0) {
    return fail(Code::InvalidArgument, "{} has reserved bits set: {:#x}", rule.name, value);
  }
  const bool has_fd = (value & VringFd::flag_no_fd) == 0;
  if (has_fd != (fd_count == 1)) {
    return fail(Code::InvalidArgument, "{} says that {} descriptor comes with it, but {} came", rule.name,
                has_fd ? "one" : "no", fd_count);
  }
  return Payload(VringFd{.index = static_cast<uint8_t>(value & VringFd::index_mask), .has_fd = has_fd});
}

Result<Payload> parse_payload(const RequestRule& rule, std::span<const std::byte> payload, size_t fd_count) {
  switch (rule.form) {
    case Form::Nothing: return parse_nothing(rule, payload);
    case Form::U64: return parse_exact<uint64_t>(rule, payload);
    case Form::State: return parse_exact<VringState>(rule, payload);
    case Form::Address: return parse_exact<VringAddress>(rule, payload);
    case Form::Fd: return parse_vring_fd(rule, payload, fd_count);
    case Form::Table: return parse_table(rule, payload);
    case Form::Region: return parse_exact<SingleRegionDescription>(rule, payload);
    case Form::Log: return parse_log(rule, payload);
    case Form::Config: return parse_config(rule, payload);
    case Form::Inflight: return parse_inflight(rule, payload);
  }
  return fail(Code::Internal, "{} has no form", rule.name);
}

}  // namespace

std::string_view request_name(uint32_t request) noexcept {
  const RequestRule* const rule = find_rule(request);
  return rule != nullptr ? rule->name : "unknown";
}

Result<void> check_header(const Header& header) {
  if ((header.flags & header_flag::VersionMask) != header_flag::Version1) {
    return fail(Code::InvalidArgument, "request {} has protocol version {}; only version 1 exists", header.request,
                header.flags & header_flag::VersionMask);
  }
  if ((header.flags & header_flag::Reply) != 0) {
    return fail(Code::InvalidArgument, "request {} is marked as a reply, and nothing was asked", header.request);
  }
  if ((header.flags & ~(header_flag::VersionMask | header_flag::NeedReply)) != 0) {
    return fail(Code::InvalidArgument, "request {} has reserved flags set: {:#x}", header.request, header.flags);
  }
  if (header.size > payload_bytes_max) {
    return fail(Code::InvalidArgument, "request {} announces {} bytes of payload; the longest known request has {}",
                header.request, header.size, payload_bytes_max);
  }
  return {};
}

Result<Message> parse(const Header& header, std::span<const std::byte> payload, FdList fds) {
  const RequestRule* const rule = find_rule(header.request);
  if (rule == nullptr) {
    return fail(Code::Unimplemented, "request {} is not known here", header.request);
  }
  if (fds.count < rule->fds_min || fds.count > rule->fds_max) {
    return fail(Code::InvalidArgument, "{} came with {} descriptors; it takes {} to {}", rule->name, fds.count,
                rule->fds_min, rule->fds_max);
  }
  OR_ASSIGN(Payload parsed, parse_payload(*rule, payload, fds.count));
  if (const auto* table = std::get_if<MemoryTableDescription>(&parsed);
      table != nullptr && table->region_count != fds.count) {
    return fail(Code::InvalidArgument, "{} describes {} regions and came with {} descriptors", rule->name,
                table->region_count, fds.count);
  }
  return Message{.request = rule->id,
                 .needs_reply = (header.flags & header_flag::NeedReply) != 0,
                 .payload_bytes = static_cast<uint32_t>(payload.size()),
                 .payload = parsed,
                 .fds = std::move(fds)};
}

uint64_t needed_protocol_feature(RequestId request) noexcept {
  const RequestRule* const rule = find_rule(static_cast<uint32_t>(request));
  return rule != nullptr ? rule->needs : 0;
}

bool has_own_reply(RequestId request, uint64_t protocol_features) noexcept {
  if (request == RequestId::SetLogBase) {
    return (protocol_features & bit(ProtocolFeature::LogShmfd)) != 0;
  }
  const RequestRule* const rule = find_rule(static_cast<uint32_t>(request));
  return rule != nullptr && rule->has_reply;
}

}  // namespace outrigger::vhost_user
