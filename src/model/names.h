// Names: ids, resource names and UUIDs as texts. Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "core/random.h"

#include <string>
#include <string_view>
#include <vector>

namespace outrigger::model {

// AIP-122 user-settable ids: 4 to 63 of a-z, 0-9 and hyphen, not starting with a hyphen, not a UUID (those
// are the server's to give). INVALID_ARGUMENT names `field`.
Result<void> check_id(std::string_view id, std::string_view field);

// A resource name: segments between slashes, each a DNS-like label of at most 63 characters (letters, digits,
// '_',
// '-', '.'; "-" alone is the wildcard), 253 in all; "//service/" may stand in front. INVALID_ARGUMENT names
// `field`.
Result<void> check_name(std::string_view name, std::string_view field);

// 8-4-4-4-12 hexadecimal digits, either case.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;
// A random (version 4) UUID in lower case. For names, not for secrets.
[[nodiscard]] std::string make_uuid(core::Random& random);

// "mallocVolumes/a" → {"mallocVolumes", "a"}; a "//service/" in front is dropped.
[[nodiscard]] std::vector<std::string_view> segments_of(std::string_view name);
// The last segment.
[[nodiscard]] std::string_view last_segment(std::string_view name) noexcept;
[[nodiscard]] std::string lower_case(std::string_view text);
// What may be said back of a text that a client sent: printable, and its beginning only when it is long.
[[nodiscard]] std::string quotable(std::string_view text);

}  // namespace outrigger::model
