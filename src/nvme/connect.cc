#include "nvme/connect.h"

#include "base/utf8.h"
#include "nvme/limits.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace outrigger::nvme {
namespace {

// U+0000 to U+001F, U+007F to U+009F.
bool has_controls(std::string_view text) noexcept {
  const auto is_control = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; };
  const auto is_late_control = [](char a, char b) { return a == '\xC2' && static_cast<uint8_t>(b) < 0xA0; };
  return std::ranges::any_of(text, is_control) || std::ranges::adjacent_find(text, is_late_control) != text.end();
}

// An NQN as it stands in a field; nullopt when it is not terminated, empty, too long, no UTF-8 (Base 2.0, 4.5) or
// cannot be printed.
std::optional<std::string> parse_nqn(const char (&field)[nqn_field_bytes]) {
  const size_t length = ::strnlen(field, sizeof(field));
  const std::string_view text(field, length);
  if (length == 0 || length > nqn_length_max || !is_utf8(text) || has_controls(text)) {
    return std::nullopt;
  }
  return std::string(text);
}

}  // namespace

ConnectOutcome refuse(Status status) { return {.status = status, .result = 0, .queue = nullptr}; }

ConnectOutcome refuse_sqe(size_t offset) {
  return {.status = Status::final(StatusCode::ConnectInvalidParameters),
          .result = invalid_parameter(ConnectPlace::Sqe, static_cast<uint16_t>(offset)),
          .queue = nullptr};
}

ConnectOutcome refuse_data(size_t offset, bool is_final) {
  constexpr StatusCode code = StatusCode::ConnectInvalidParameters;
  return {.status = is_final ? Status::final(code) : Status::retryable(code),
          .result = invalid_parameter(ConnectPlace::Data, static_cast<uint16_t>(offset)),
          .queue = nullptr};
}

std::optional<uint16_t> queue_entries_of(const ConnectSqe& sqe) noexcept {
  const uint16_t entries_max = sqe.qid == 0 ? admin_queue_entries_max : queue_entries_max;
  if (sqe.sqsize == 0 || sqe.sqsize >= entries_max) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(sqe.sqsize + 1U);
}

std::expected<ConnectArguments, ConnectOutcome> parse_connect(const ConnectRequest& request) {
  const ConnectSqe& sqe = request.sqe;
  if (sqe.recfmt != 0) {
    return std::unexpected(refuse(Status::final(StatusCode::ConnectIncompatibleFormat)));
  }
  const uint16_t qid = sqe.qid;
  if (qid > io_queues_max) {
    return std::unexpected(refuse_sqe(offsetof(ConnectSqe, qid)));
  }
  const auto entries = queue_entries_of(sqe);
  if (!entries) {
    return std::unexpected(refuse_sqe(offsetof(ConnectSqe, sqsize)));
  }
  if (qid == 0 && sqe.kato > keep_alive_ms_max) {
    return std::unexpected(refuse_sqe(offsetof(ConnectSqe, kato)));
  }
  auto subnqn = parse_nqn(request.data.subnqn);
  if (!subnqn) {
    return std::unexpected(refuse_data(offsetof(ConnectData, subnqn), true));
  }
  auto hostnqn = parse_nqn(request.data.hostnqn);
  if (!hostnqn) {
    return std::unexpected(refuse_data(offsetof(ConnectData, hostnqn), true));
  }
  ConnectArguments arguments{.request = request,
                             .subnqn = std::move(*subnqn),
                             .hostnqn = std::move(*hostnqn),
                             .qid = qid,
                             .cntlid = request.data.cntlid,
                             .entries = *entries,
                             .keep_alive_ms = qid == 0 ? uint32_t{sqe.kato} : 0};
  std::copy_n(request.data.hostid, arguments.hostid.size(), arguments.hostid.begin());
  return arguments;
}

}  // namespace outrigger::nvme
