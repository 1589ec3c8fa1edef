#include "model/names.h"

#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrigger::model {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) noexcept { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_label(std::string_view label) noexcept {
  if (label == "-") {
    return true;  // the wildcard
  }
  if (label.empty() || label.size() > label_length_max || label.front() == '-' || label.back() == '-') {
    return false;
  }
  return std::ranges::all_of(label,
                             [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; });
}

}  // namespace

Result<void> check_id(std::string_view id, std::string_view field) {
  if (id.size() < id_length_min || id.size() > id_length_max) {
    return fail(Code::InvalidArgument, "{}: user-settable ID must be between {} and {} characters (got {})", field,
                id_length_min, id_length_max, id.size());
  }
  if (id.front() == '-') {
    return fail(Code::InvalidArgument, "{}: user-settable ID must not start with a hyphen", field);
  }
  if (is_uuid(id)) {
    return fail(Code::InvalidArgument,
                "{}: user-settable ID must not be a valid UUIDv4: leave it empty to get a UUID from the server", field);
  }
  for (size_t i = 0; i < id.size(); ++i) {
    if (!is_lower(id[i]) && !is_digit(id[i]) && id[i] != '-') {
      return fail(Code::InvalidArgument,
                  "{}: user-settable ID must only contain lowercase, numbers and hyphens (got: '{}' in position {})",
                  field, quotable(id.substr(i, 1)), i);
    }
  }
  return {};
}

Result<void> check_name(std::string_view name, std::string_view field) {
  if (name.empty()) {
    return fail(Code::InvalidArgument, "{}: empty: give a resource name such as volumes/bdev1", field);
  }
  if (name.size() > name_length_max) {
    return fail(Code::InvalidArgument, "{}: {} characters; a resource name has at most {}", field, name.size(),
                name_length_max);
  }
  size_t number = 0;
  std::string_view rest = name.starts_with("//") ? name.substr(2) : name;
  while (true) {
    ++number;
    const size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty()) {
      return fail(Code::InvalidArgument, "{}: segment {} is empty", field, number);
    }
    if (segment.find_first_of("{}") != std::string_view::npos) {
      return fail(Code::InvalidArgument, "{}: segment '{}': valid resource names must not contain variables", field,
                  quotable(segment));
    }
    if (!is_label(segment)) {
      return fail(Code::InvalidArgument,
                  "{}: segment '{}': not a valid DNS name (letters, digits, '_', '-', '.'; at most {})", field,
                  quotable(segment), label_length_max);
    }
    if (slash == std::string_view::npos) {
      return {};
    }
    rest.remove_prefix(slash + 1);
  }
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen_place ? text[i] != '-' : !is_hex(text[i])) {
      return false;
    }
  }
  return true;
}

std::string make_uuid(core::Random& random) {
  const uint64_t high = (random.next() & ~0xF000ULL) | 0x4000ULL;       // version 4
  const uint64_t low = (random.next() & ~(3ULL << 62)) | (2ULL << 62);  // RFC 4122 variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF, low >> 48,
                     low & 0xFFFF'FFFF'FFFFULL);
}

std::vector<std::string_view> segments_of(std::string_view name) {
  if (name.starts_with("//")) {
    const size_t slash = name.find('/', 2);
    name = slash == std::string_view::npos ? std::string_view{} : name.substr(slash + 1);
  }
  std::vector<std::string_view> out;
  while (true) {
    const size_t slash = name.find('/');
    out.push_back(name.substr(0, slash));
    if (slash == std::string_view::npos) {
      return out;
    }
    name.remove_prefix(slash + 1);
  }
}

std::string_view last_segment(std::string_view name) noexcept {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string quotable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, label_length_max)) {
    out.push_back(c >= ' ' && c <= '~' ? c : '?');
  }
  return text.size() > label_length_max ? out + "…" : out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

}  // namespace outrigger::model
