// Pages of lists: sizes as AIP-158 has them, and tokens that hold no state in the server. A token says after
// which key to go on, so it stays good while resources come and go.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace outrigger::model {

// How many to return for a page_size: negative is INVALID_ARGUMENT, 0 the default, too many the maximum.
Result<size_t> page_limit(int32_t page_size);

// `scope` is the list that the token belongs to: a token of one list is unknown to every other.
[[nodiscard]] std::string make_page_token(std::string_view scope, std::string_view last_key);
// The key after which the page begins; an empty token begins at the start. NOT_FOUND for what this server
// never gave.
Result<std::string> read_page_token(std::string_view scope, std::string_view token);

}  // namespace outrigger::model
