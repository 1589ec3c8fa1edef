// PathTemplate: the path half of a google.api.http rule, such as "/v1/{name=aioVolumes/*}:stats", and how a
// request's path is held against it. Grammar: google/api/http.proto, "Path template syntax".
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::api::rest {

// A variable of the template with what the path put there: {"virtio_blk.name", "virtioBlks/disk0"}.
struct Binding {
  std::string field_path;
  std::string value;

  friend bool operator==(const Binding&, const Binding&) = default;
};

// A request's path, cut and decoded once and then held against every template.
struct RequestPath {
  std::vector<std::string> segments;  // percent-decoded; none is empty
  std::string verb;                   // what follows the last segment's ':'; empty when there is none
};

// `path` is as it came over the wire, without the query. InvalidArgument for a bad percent escape, an encoded
// slash or control character, an empty segment or too many of them.
Result<RequestPath> parse_request_path(std::string_view path);

// "a%20b" → "a b"; with `plus_is_space`, as in a query, "a+b" → "a b". InvalidArgument for an incomplete
// escape.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

class PathTemplate {
 public:
  static Result<PathTemplate> parse(std::string_view text);

  // The variables' values when `path` fits, nothing otherwise.
  [[nodiscard]] std::optional<std::vector<Binding>> match(const RequestPath& path) const;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  // True when some variable can only ever have one value: {parent=volumes}.
  [[nodiscard]] bool has_constant_variable() const noexcept;

 private:
  enum class Kind : uint8_t { Literal, One, Rest };  // a word, `*`, `**`
  struct Segment {
    Kind kind;
    std::string literal;
  };
  struct Variable {
    std::string field_path;
    size_t first;  // segments [first, end)
    size_t end;
  };

  Result<> parse_segments(std::string_view text);
  Result<> parse_variable(std::string_view text);
  Result<> add_segment(std::string_view text);

  std::string text_;
  std::vector<Segment> segments_;
  std::vector<Variable> variables_;
  std::string verb_;
};

}  // namespace outrigger::api::rest
