// Reads and writes configured keys. Base64 is read strictly (RFC 4648, section 4): padded, nothing between.
#include "nvme_auth/key_string.h"

#include "base/endian.h"
#include "nvme_auth/limits.h"

#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace outrigger::nvme_auth {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t crc_bytes = 4;

// CRC-32 of ISO-HDLC, as zlib computes it. A key is at most 64 bytes: no table.
uint32_t crc32(std::span<const std::byte> bytes) noexcept {
  uint32_t crc = UINT32_MAX;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

std::optional<Secret> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) {
    return std::nullopt;
  }
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  Secret decoded = Secret::zeroes(text.size() / 4 * 3 - padding);
  size_t at = 0;
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_padding = i >= text.size() - padding;
    const size_t value = is_padding ? 0 : alphabet.find(text[i]);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = (bits << 6U) | static_cast<uint32_t>(value);
    if (i % 4 != 3) {
      continue;
    }
    for (int shift = 16; shift >= 0; shift -= 8) {
      const auto byte = static_cast<std::byte>((bits >> static_cast<unsigned>(shift)) & 0xFFU);
      if (at < decoded.size()) {
        decoded.writable()[at++] = byte;
      } else if (byte != std::byte{0}) {
        return std::nullopt;  // bits behind the last byte are zero
      }
    }
    bits = 0;
  }
  return decoded;
}

}  // namespace

std::string to_base64(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t here = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = (bits << 8U) | (k < here ? std::to_integer<uint32_t>(bytes[i + k]) : 0U);
    }
    for (unsigned k = 0; k < 4; ++k) {
      text.push_back(k <= here ? alphabet[(bits >> (18U - 6U * k)) & 0x3FU] : '=');
    }
  }
  return text;
}

Result<KeyString> parse_key_string(std::string_view text, std::string_view prefix) {
  const size_t name_end = prefix.size();
  if (text.size() > key_string_bytes_max) {
    return fail(Code::InvalidArgument, "the key is longer than any key can be ({} characters)", key_string_bytes_max);
  }
  if (!text.starts_with(prefix)) {
    return fail(Code::InvalidArgument, "the key does not start with \"{}\"", prefix);
  }
  if (text.size() < name_end + 3 || text[name_end + 2] != ':' || text[name_end] != '0' || text[name_end + 1] < '0' ||
      text[name_end + 1] > '3') {
    return fail(Code::InvalidArgument, "behind \"{}\" the key does not have 00, 01, 02 or 03 and a colon", prefix);
  }
  if (text.size() < name_end + 4 || !text.ends_with(':')) {
    return fail(Code::InvalidArgument, "the key does not end with a colon");
  }
  std::optional<Secret> decoded = from_base64(text.substr(name_end + 3, text.size() - name_end - 4));
  if (!decoded.has_value()) {
    return fail(Code::InvalidArgument, "the key's secret is not base64");
  }
  if (decoded->size() != 32 + crc_bytes && decoded->size() != 48 + crc_bytes && decoded->size() != 64 + crc_bytes) {
    return fail(Code::InvalidArgument, "the key's secret has {} bytes with its CRC; 36, 52 or 68 are possible",
                decoded->size());
  }
  const auto secret = decoded->bytes().first(decoded->size() - crc_bytes);
  le32 crc;
  std::memcpy(&crc, decoded->bytes().data() + secret.size(), crc_bytes);
  if (crc != crc32(secret)) {
    return fail(Code::InvalidArgument, "the key's CRC is wrong: the key was mistyped or cut");
  }
  return KeyString{static_cast<unsigned>(text[name_end + 1] - '0'), Secret(secret)};
}

std::string format_key_string(std::string_view prefix, unsigned hash, std::span<const std::byte> secret) {
  Secret with_crc = Secret::zeroes(secret.size() + crc_bytes);
  const le32 crc = crc32(secret);
  if (!secret.empty()) {
    std::memcpy(with_crc.writable().data(), secret.data(), secret.size());
  }
  std::memcpy(with_crc.writable().data() + secret.size(), &crc, crc_bytes);
  std::string encoded = to_base64(with_crc.bytes());
  std::string text;
  text.reserve(prefix.size() + 4 + encoded.size());
  text.append(prefix).append(1, '0').append(1, static_cast<char>('0' + hash)).append(1, ':');
  text.append(encoded).append(1, ':');
  OPENSSL_cleanse(encoded.data(), encoded.size());
  return text;
}

}  // namespace outrigger::nvme_auth
