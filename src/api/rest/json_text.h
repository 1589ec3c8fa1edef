// A string as JSON writes it.
#pragma once

#include <string>
#include <string_view>

namespace outrigger::api::rest {

// With quotes around it; bytes that are not UTF-8 become U+FFFD.
std::string quote_json(std::string_view text);

}  // namespace outrigger::api::rest
