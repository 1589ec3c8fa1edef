// Reads and builds authentication messages.
#include "nvme_auth/message.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace outrigger::nvme_auth {
namespace {

using Bytes = std::span<const std::byte>;

// Takes a message apart from its front.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}
  template <typename T>
  bool read(T& into) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    if (rest_.size() < sizeof(T)) {
      return false;
    }
    std::memcpy(&into, rest_.data(), sizeof(T));
    rest_ = rest_.subspan(sizeof(T));
    return true;
  }
  bool read(size_t count, Bytes& into) noexcept {
    if (rest_.size() < count) {
      return false;
    }
    into = rest_.first(count);
    rest_ = rest_.subspan(count);
    return true;
  }

 private:
  Bytes rest_;
};

template <typename T>
Message start(MessageType type, MessageId id, uint16_t t_id, T format) {
  format.header.auth_type = static_cast<uint8_t>(type);
  format.header.auth_id = static_cast<uint8_t>(id);
  format.header.t_id = t_id;
  Message message(sizeof(T));
  std::memcpy(message.data(), &format, sizeof(T));
  return message;
}

void append(Message& message, Bytes bytes) { message.insert(message.end(), bytes.begin(), bytes.end()); }

constexpr std::unexpected<Explanation> incorrect_payload() noexcept {
  return std::unexpected(Explanation::IncorrectPayload);
}

}  // namespace

std::string_view explanation_text(uint8_t explanation) noexcept {
  switch (static_cast<Explanation>(explanation)) {
    case Explanation::AuthenticationFailed: return "authentication failed";
    case Explanation::ProtocolNotUsable: return "authentication protocol not usable";
    case Explanation::ConcatenationMismatch: return "secure channel concatenation mismatch";
    case Explanation::HashNotUsable: return "hash function not usable";
    case Explanation::DhGroupNotUsable: return "DH group not usable";
    case Explanation::IncorrectPayload: return "incorrect payload";
    case Explanation::IncorrectMessage: return "incorrect protocol message";
  }
  return "unknown reason";
}

std::optional<Kind> kind_of(Bytes message) noexcept {
  MessageHeader header;
  if (!Reader(message).read(header) || header.auth_type > 1) {
    return std::nullopt;
  }
  const Kind kind{static_cast<MessageType>(header.auth_type), static_cast<MessageId>(header.auth_id), header.t_id};
  switch (kind.id) {
    case MessageId::Negotiate:
    case MessageId::Failure1:
    case MessageId::Failure2: return kind.type == MessageType::Common ? std::optional(kind) : std::nullopt;
    case MessageId::Challenge:
    case MessageId::Reply:
    case MessageId::Success1:
    case MessageId::Success2: return kind.type == MessageType::DhHmacChap ? std::optional(kind) : std::nullopt;
  }
  return std::nullopt;
}

Parsed<Negotiate> parse_negotiate(Bytes message) noexcept {
  Reader reader(message);
  NegotiateFormat format;
  if (!reader.read(format) || format.napd == 0 ||
      message.size() < sizeof(format) + format.napd * sizeof(ProtocolDescriptor)) {
    return incorrect_payload();
  }
  if (format.sc_c != 0 && format.sc_c != 2 && format.sc_c != 3) {
    return std::unexpected(Explanation::ConcatenationMismatch);
  }
  for (unsigned i = 0; i < format.napd; ++i) {
    const Bytes bytes =
        message.subspan(sizeof(NegotiateFormat) + i * sizeof(ProtocolDescriptor), sizeof(ProtocolDescriptor));
    ProtocolDescriptor descriptor;
    std::memcpy(&descriptor, bytes.data(), sizeof(descriptor));
    if (descriptor.authid != protocol_dh_hmac_chap) {
      continue;
    }
    if (descriptor.halen > sizeof(descriptor.hash_ids) || descriptor.dhlen > sizeof(descriptor.dh_ids)) {
      return incorrect_payload();
    }
    return Negotiate{format.header.t_id, static_cast<SecureChannel>(format.sc_c),
                     bytes.subspan(offsetof(ProtocolDescriptor, hash_ids), descriptor.halen),
                     bytes.subspan(offsetof(ProtocolDescriptor, dh_ids), descriptor.dhlen)};
  }
  return std::unexpected(Explanation::ProtocolNotUsable);
}

Parsed<Challenge> parse_challenge(Bytes message) noexcept {
  Reader reader(message);
  ChallengeFormat format;
  if (!reader.read(format)) {
    return incorrect_payload();
  }
  const auto hash = hash_id(format.hashid);
  if (!hash.has_value() || hash_bytes(*hash) != format.hl) {
    return std::unexpected(Explanation::HashNotUsable);
  }
  const auto group = dh_group(format.dhgid);
  if (!group.has_value()) {
    return std::unexpected(Explanation::DhGroupNotUsable);
  }
  Challenge parsed{*hash, *group, format.seqnum, {}, {}};
  if (dh_value_bytes(*group) != format.dhvlen || !reader.read(format.hl, parsed.challenge) ||
      !reader.read(format.dhvlen, parsed.dh_value)) {
    return incorrect_payload();
  }
  return parsed;
}

Parsed<Reply> parse_reply(Bytes message, HashId hash, DhGroup dh_group) noexcept {
  Reader reader(message);
  ReplyFormat format;
  if (!reader.read(format) || format.hl != hash_bytes(hash) || format.dhvlen != dh_value_bytes(dh_group) ||
      format.cvalid > 1) {
    return incorrect_payload();
  }
  Reply parsed{format.cvalid == 1, format.seqnum, {}, {}, {}};
  if (!reader.read(format.hl, parsed.response) || !reader.read(format.hl, parsed.challenge) ||
      !reader.read(format.dhvlen, parsed.dh_value)) {
    return incorrect_payload();
  }
  return parsed;
}

Parsed<Success1> parse_success1(Bytes message, HashId hash) noexcept {
  Reader reader(message);
  Success1Format format;
  Success1 parsed;
  if (!reader.read(format) || format.hl != hash_bytes(hash) || format.rvalid > 1 ||
      (format.rvalid == 1 && !reader.read(format.hl, parsed.response))) {
    return incorrect_payload();
  }
  return parsed;
}

uint8_t parse_failure(Bytes message) noexcept {
  FailureFormat format;
  return Reader(message).read(format) ? format.explanation : static_cast<uint8_t>(Explanation::AuthenticationFailed);
}

Message build_negotiate(uint16_t t_id, SecureChannel sc_c, std::span<const HashId> hashes,
                        std::span<const DhGroup> dh_groups) {
  ProtocolDescriptor descriptor{.authid = protocol_dh_hmac_chap};
  check(hashes.size() <= std::size(descriptor.hash_ids) && dh_groups.size() <= std::size(descriptor.dh_ids),
        "a descriptor has room for what is offered");
  descriptor.halen = static_cast<uint8_t>(hashes.size());
  descriptor.dhlen = static_cast<uint8_t>(dh_groups.size());
  std::ranges::transform(hashes, descriptor.hash_ids, [](HashId hash) { return static_cast<uint8_t>(hash); });
  std::ranges::transform(dh_groups, descriptor.dh_ids, [](DhGroup group) { return static_cast<uint8_t>(group); });
  Message message = start(MessageType::Common, MessageId::Negotiate, t_id,
                          NegotiateFormat{.header = {}, .sc_c = static_cast<uint8_t>(sc_c), .napd = 1});
  append(message, std::as_bytes(std::span(&descriptor, 1)));
  return message;
}

Message build_challenge(uint16_t t_id, const Challenge& challenge) {
  ChallengeFormat format;
  format.hl = static_cast<uint8_t>(hash_bytes(challenge.hash));
  format.hashid = static_cast<uint8_t>(challenge.hash);
  format.dhgid = static_cast<uint8_t>(challenge.dh_group);
  format.dhvlen = static_cast<uint16_t>(challenge.dh_value.size());
  format.seqnum = challenge.seqnum;
  Message message = start(MessageType::DhHmacChap, MessageId::Challenge, t_id, format);
  append(message, challenge.challenge);
  append(message, challenge.dh_value);
  return message;
}

Message build_reply(uint16_t t_id, const Reply& reply) {
  check(reply.response.size() == reply.challenge.size(), "R1 and C2 are both as long as the hash");
  ReplyFormat format;
  format.hl = static_cast<uint8_t>(reply.response.size());
  format.cvalid = reply.has_challenge ? 1 : 0;
  format.dhvlen = static_cast<uint16_t>(reply.dh_value.size());
  format.seqnum = reply.seqnum;
  Message message = start(MessageType::DhHmacChap, MessageId::Reply, t_id, format);
  append(message, reply.response);
  append(message, reply.challenge);
  append(message, reply.dh_value);
  return message;
}

Message build_success1(uint16_t t_id, HashId hash, Bytes response) {
  check(response.empty() || response.size() == hash_bytes(hash), "R2 is as long as the hash");
  Success1Format format;
  format.hl = static_cast<uint8_t>(hash_bytes(hash));
  format.rvalid = response.empty() ? 0 : 1;
  Message message = start(MessageType::DhHmacChap, MessageId::Success1, t_id, format);
  append(message, response);
  message.resize(sizeof(Success1Format) + hash_bytes(hash));
  return message;
}

Message build_success2(uint16_t t_id) {
  return start(MessageType::DhHmacChap, MessageId::Success2, t_id, Success2Format{});
}

Message build_failure(MessageId id, uint16_t t_id, Explanation explanation) {
  check(id == MessageId::Failure1 || id == MessageId::Failure2, "there are two failures");
  FailureFormat format;
  format.explanation = static_cast<uint8_t>(explanation);
  return start(MessageType::Common, id, t_id, format);
}

}  // namespace outrigger::nvme_auth
