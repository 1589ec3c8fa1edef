#include "model/page.h"

#include "model/limits.h"

#include <algorithm>

namespace outrigger::model {

namespace {

constexpr size_t seal_length = 16;

// Tells our tokens from made-up ones and one list's from another's; it is no protection and need not be.
std::string seal(std::string_view scope, std::string_view key) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::string_view part : {std::string_view("outrigger page"), scope, key}) {
    for (const char c : part) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    }
    hash = (hash ^ part.size()) * 0x100000001B3ULL;
  }
  return fmt::format("{:016x}", hash);
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Result<size_t> page_limit(int32_t page_size) {
  if (page_size < 0) {
    return fail(Code::InvalidArgument, "negative PageSize is not allowed: page_size is {}; leave it out for {}",
                page_size, page_size_default);
  }
  return static_cast<size_t>(page_size == 0 ? page_size_default : std::min(page_size, page_size_max));
}

std::string make_page_token(std::string_view scope, std::string_view last_key) {
  std::string token = seal(scope, last_key);
  for (const char c : last_key) {
    token += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return token;
}

Result<std::string> read_page_token(std::string_view scope, std::string_view token) {
  if (token.empty()) {
    return std::string{};
  }
  const std::unexpected<Error> unknown = fail(Code::NotFound,
                                              "unable to find pagination token: page_token is not one that "
                                              "this list gave; leave it out to begin anew");
  if (token.size() <= seal_length || token.size() % 2 != 0 || token.size() > seal_length + 2 * name_length_max) {
    return unknown;
  }
  std::string key;
  for (size_t i = seal_length; i < token.size(); i += 2) {
    const int high = hex_digit(token[i]);
    const int low = hex_digit(token[i + 1]);
    if (high < 0 || low < 0) {
      return unknown;
    }
    key.push_back(static_cast<char>(high * 16 + low));
  }
  if (token.substr(0, seal_length) != seal(scope, key)) {
    return unknown;
  }
  return key;
}

}  // namespace outrigger::model
