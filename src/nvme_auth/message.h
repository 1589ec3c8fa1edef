// The messages of NVMe in-band authentication on the wire (Base 2.0, 8.13.2 and 8.13.5), and what is read out of them.
// They travel as data of Authentication Send and Receive. Parsing believes no length; what it gives are views into the
// message.
#pragma once

#include "base/endian.h"
#include "nvme_auth/dh.h"
#include "nvme_auth/hash.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

namespace outrigger::nvme_auth {

enum class MessageType : uint8_t { Common = 0x00, DhHmacChap = 0x01 };  // AUTH_TYPE
enum class MessageId : uint8_t {                                        // AUTH_ID
  Negotiate = 0x00,
  Challenge = 0x01,
  Reply = 0x02,
  Success1 = 0x03,
  Success2 = 0x04,
  Failure2 = 0xF0,
  Failure1 = 0xF1,
};

// Secure channel concatenation, SC_C of AUTH_Negotiate.
enum class SecureChannel : uint8_t { None = 0x00, NewTlsPsk = 0x02, ReplaceTlsPsk = 0x03 };

// The reason code explanation of AUTH_Failure1 and AUTH_Failure2; the reason code is always 01h.
enum class Explanation : uint8_t {
  AuthenticationFailed = 0x01,
  ProtocolNotUsable = 0x02,
  ConcatenationMismatch = 0x03,
  HashNotUsable = 0x04,
  DhGroupNotUsable = 0x05,
  IncorrectPayload = 0x06,
  IncorrectMessage = 0x07,
};
inline constexpr uint8_t reason_authentication_failure = 0x01;
// For a person: "authentication failed" and so on; an unknown number too.
std::string_view explanation_text(uint8_t explanation) noexcept;

inline constexpr uint8_t protocol_dh_hmac_chap = 0x01;  // AUTHID of a protocol descriptor

struct MessageHeader {
  uint8_t auth_type = 0;
  uint8_t auth_id = 0;
  uint8_t reserved2[2]{};
  le16 t_id;
};
static_assert(sizeof(MessageHeader) == 6);

struct NegotiateFormat {
  MessageHeader header;
  uint8_t sc_c = 0;
  uint8_t napd = 0;  // protocol descriptors that follow
};
static_assert(sizeof(NegotiateFormat) == 8);

struct ProtocolDescriptor {
  uint8_t authid = 0;
  uint8_t reserved1 = 0;
  uint8_t halen = 0;
  uint8_t dhlen = 0;
  uint8_t hash_ids[30]{};
  uint8_t dh_ids[30]{};
};
static_assert(sizeof(ProtocolDescriptor) == 64 && offsetof(ProtocolDescriptor, dh_ids) == 34);

struct ChallengeFormat {
  MessageHeader header;
  uint8_t hl = 0;
  uint8_t reserved7 = 0;
  uint8_t hashid = 0;
  uint8_t dhgid = 0;
  le16 dhvlen;
  le32 seqnum;  // S1
  // C1 of HL bytes, the DH value of DHVLEN bytes.
};
static_assert(sizeof(ChallengeFormat) == 16 && offsetof(ChallengeFormat, seqnum) == 12);

struct ReplyFormat {
  MessageHeader header;
  uint8_t hl = 0;
  uint8_t reserved7 = 0;
  uint8_t cvalid = 0;
  uint8_t reserved9 = 0;
  le16 dhvlen;
  le32 seqnum;  // S2; 0: C2 is for the generated PSK only
  // R1 and C2 of HL bytes each, the DH value of DHVLEN bytes.
};
static_assert(sizeof(ReplyFormat) == 16 && offsetof(ReplyFormat, dhvlen) == 10);

struct Success1Format {
  MessageHeader header;
  uint8_t hl = 0;
  uint8_t reserved7 = 0;
  uint8_t rvalid = 0;
  uint8_t reserved9[7]{};
  // R2 of HL bytes.
};
static_assert(sizeof(Success1Format) == 16);

struct Success2Format {
  MessageHeader header;
  uint8_t reserved6[10]{};
};
static_assert(sizeof(Success2Format) == 16);

struct FailureFormat {
  MessageHeader header;
  uint8_t reason = reason_authentication_failure;
  uint8_t explanation = 0;
};
static_assert(sizeof(FailureFormat) == 8);

// What was read. `Parsed` fails with what the peer is to be told.
template <typename T>
using Parsed = std::expected<T, Explanation>;

struct Kind {
  MessageType type = MessageType::Common;
  MessageId id = MessageId::Negotiate;
  uint16_t t_id = 0;
};
// What the message says it is: type and id belong together. Nothing when they do not, or it is shorter than a header.
std::optional<Kind> kind_of(std::span<const std::byte> message) noexcept;

struct Negotiate {
  uint16_t t_id = 0;
  SecureChannel sc_c = SecureChannel::None;
  // Of the first descriptor of DH-HMAC-CHAP, in the host's order, unknown numbers included.
  std::span<const std::byte> hash_ids;
  std::span<const std::byte> dh_ids;
};
struct Challenge {
  HashId hash = HashId::Sha256;
  DhGroup dh_group = DhGroup::Null;
  uint32_t seqnum = 0;
  std::span<const std::byte> challenge;  // C1
  std::span<const std::byte> dh_value;   // as long as the group asks for
};
struct Reply {
  bool has_challenge = false;  // CVALID
  uint32_t seqnum = 0;
  std::span<const std::byte> response;   // R1
  std::span<const std::byte> challenge;  // C2
  std::span<const std::byte> dh_value;
};
struct Success1 {
  std::span<const std::byte> response;  // R2; empty when RVALID is clear
};

// The header was looked at already (kind_of).
Parsed<Negotiate> parse_negotiate(std::span<const std::byte> message) noexcept;
Parsed<Challenge> parse_challenge(std::span<const std::byte> message) noexcept;
// Lengths are to be those of the hash and group that the challenge chose.
Parsed<Reply> parse_reply(std::span<const std::byte> message, HashId hash, DhGroup dh_group) noexcept;
Parsed<Success1> parse_success1(std::span<const std::byte> message, HashId hash) noexcept;
// The explanation's number, as the peer sent it; AuthenticationFailed when the message is cut.
uint8_t parse_failure(std::span<const std::byte> message) noexcept;

using Message = std::vector<std::byte>;
Message build_negotiate(uint16_t t_id, SecureChannel sc_c, std::span<const HashId> hashes,
                        std::span<const DhGroup> dh_groups);
Message build_challenge(uint16_t t_id, const Challenge& challenge);
Message build_reply(uint16_t t_id, const Reply& reply);
// `response` empty: RVALID clear, R2 zeroes.
Message build_success1(uint16_t t_id, HashId hash, std::span<const std::byte> response);
Message build_success2(uint16_t t_id);
Message build_failure(MessageId id, uint16_t t_id, Explanation explanation);

}  // namespace outrigger::nvme_auth
