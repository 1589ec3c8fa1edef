// Path templates of google.api.http: parsing the rule once, matching each request's path against it.
#include "api/rest/path_template.h"

#include "api/limits.h"

#include <algorithm>

namespace outrigger::api::rest {

namespace {

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

bool is_word(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

// Cuts at '/' outside braces; a brace inside braces never closes and is caught by the variable's own parser.
std::vector<std::string_view> split_template(std::string_view text) {
  std::vector<std::string_view> pieces;
  size_t start = 0;
  bool in_variable = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') {
      in_variable = true;
    } else if (text[i] == '}') {
      in_variable = false;
    } else if (text[i] == '/' && !in_variable) {
      pieces.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  pieces.push_back(text.substr(start));
  return pieces;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return fail(Code::InvalidArgument,
                    "the URL has a '%' that two hexadecimal digits do not follow; write a "
                    "percent sign as %25");
      }
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return decoded;
}

Result<RequestPath> parse_request_path(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return fail(Code::InvalidArgument, "the path must begin with '/'");
  }
  RequestPath parsed;
  std::string_view rest = path.substr(1);
  // A verb belongs to the last segment only, and is looked for before decoding: %3A is an ordinary colon.
  if (const size_t colon = rest.rfind(':');
      colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    OR_ASSIGN(parsed.verb, percent_decode(rest.substr(colon + 1), false));
    if (parsed.verb.empty()) {
      return fail(Code::InvalidArgument, "the path ends with ':' and no verb after it");
    }
    rest = rest.substr(0, colon);
  }
  while (true) {
    const size_t slash = rest.find('/');
    OR_ASSIGN(std::string segment, percent_decode(rest.substr(0, slash), false));
    if (segment.empty()) {
      return fail(Code::InvalidArgument, "the path has an empty segment");
    }
    if (std::ranges::any_of(segment,
                            [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
      return fail(Code::InvalidArgument, "the path has an encoded slash or control character in a segment");
    }
    parsed.segments.push_back(std::move(segment));
    if (parsed.segments.size() > path_segments_max) {
      return fail(Code::InvalidArgument, "the path has more than {} segments", path_segments_max);
    }
    if (slash == std::string_view::npos) {
      return parsed;
    }
    rest = rest.substr(slash + 1);
  }
}

Result<PathTemplate> PathTemplate::parse(std::string_view text) {
  PathTemplate made;
  made.text_ = text;
  if (text.empty() || text.front() != '/') {
    return fail(Code::InvalidArgument, "path template '{}' does not begin with '/'", text);
  }
  std::string_view rest = text.substr(1);
  const size_t after_braces = rest.rfind('}') == std::string_view::npos ? 0 : rest.rfind('}');
  if (const size_t colon = rest.find(':', after_braces); colon != std::string_view::npos) {
    made.verb_ = rest.substr(colon + 1);
    if (!is_word(made.verb_)) {
      return fail(Code::InvalidArgument, "path template '{}' has a verb that is not a word", text);
    }
    rest = rest.substr(0, colon);
  }
  if (auto parsed = made.parse_segments(rest); !parsed.has_value()) {
    return with_context(parsed.error(), fmt::format("path template '{}'", text));
  }
  return made;
}

Result<> PathTemplate::parse_segments(std::string_view text) {
  for (const std::string_view piece : split_template(text)) {
    if (!piece.empty() && piece.front() == '{') {
      OR_TRY(parse_variable(piece));
    } else {
      OR_TRY(add_segment(piece));
    }
  }
  return {};
}

// "{field.path}" or "{field.path=segments}".
Result<> PathTemplate::parse_variable(std::string_view text) {
  if (text.size() < 3 || text.back() != '}') {
    return fail(Code::InvalidArgument, "a variable is not closed by '}}' at its segment's end");
  }
  const std::string_view inside = text.substr(1, text.size() - 2);
  const size_t equals = inside.find('=');
  const std::string_view field_path = inside.substr(0, equals);
  if (!is_word(field_path) || field_path.find('-') != std::string_view::npos) {
    return fail(Code::InvalidArgument, "'{}' is not a field path", field_path);
  }
  const size_t first = segments_.size();
  const std::string_view pattern = equals == std::string_view::npos ? "*" : inside.substr(equals + 1);
  for (const std::string_view piece : split_template(pattern)) {
    OR_TRY(add_segment(piece));
  }
  variables_.push_back({std::string(field_path), first, segments_.size()});
  return {};
}

Result<> PathTemplate::add_segment(std::string_view text) {
  if (segments_.size() >= path_segments_max) {
    return fail(Code::InvalidArgument, "more than {} segments", path_segments_max);
  }
  if (!segments_.empty() && segments_.back().kind == Kind::Rest) {
    return fail(Code::InvalidArgument, "'**' is not the last segment");
  }
  if (text == "**") {
    segments_.push_back({Kind::Rest, {}});
  } else if (text == "*") {
    segments_.push_back({Kind::One, {}});
  } else if (is_word(text)) {
    segments_.push_back({Kind::Literal, std::string(text)});
  } else {
    return fail(Code::InvalidArgument, "'{}' is not a segment", text);
  }
  return {};
}

std::optional<std::vector<Binding>> PathTemplate::match(const RequestPath& path) const {
  const bool takes_rest = segments_.back().kind == Kind::Rest;
  const size_t fixed = takes_rest ? segments_.size() - 1 : segments_.size();
  const bool is_length_right = takes_rest ? path.segments.size() >= fixed : path.segments.size() == fixed;
  if (!is_length_right || path.verb != verb_) {
    return std::nullopt;
  }
  for (size_t i = 0; i < fixed; ++i) {
    if (segments_[i].kind == Kind::Literal && segments_[i].literal != path.segments[i]) {
      return std::nullopt;
    }
  }
  std::vector<Binding> bindings;
  for (const Variable& variable : variables_) {
    const bool to_the_end = takes_rest && variable.end == segments_.size();
    const size_t end = to_the_end ? path.segments.size() : variable.end;
    std::string value;
    for (size_t i = variable.first; i < end; ++i) {
      value += i == variable.first ? "" : "/";
      value += path.segments[i];
    }
    bindings.push_back({variable.field_path, std::move(value)});
  }
  return bindings;
}

bool PathTemplate::has_constant_variable() const noexcept {
  return std::ranges::any_of(variables_, [this](const Variable& variable) {
    return std::all_of(segments_.begin() + static_cast<std::ptrdiff_t>(variable.first),
                       segments_.begin() + static_cast<std::ptrdiff_t>(variable.end),
                       [](const Segment& segment) { return segment.kind == Kind::Literal; });
  });
}

}  // namespace outrigger::api::rest
