// What the two kinds of configured keys have in common: "NAME-1:hh:BASE64(secret || CRC-32):", where hh names a hash
// and the CRC (that of zlib) is little endian. Internal to the room.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <span>
#include <string>
#include <string_view>

namespace outrigger::nvme_auth {

struct KeyString {
  unsigned hash = 0;  // the two digits hh
  Secret secret;      // without the CRC
};

// `prefix` is "DHHC-1:" or "NVMeTLSkey-1:". Errors say which part is wrong and never what is in it.
Result<KeyString> parse_key_string(std::string_view text, std::string_view prefix);
std::string format_key_string(std::string_view prefix, unsigned hash, std::span<const std::byte> secret);

std::string to_base64(std::span<const std::byte> bytes);

}  // namespace outrigger::nvme_auth
