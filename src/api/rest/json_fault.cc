#include "api/rest/json_fault.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace outrigger::api::rest {

using google::protobuf::FieldDescriptor;

namespace {

// Only learns where the text stops being JSON.
class FaultFinder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    position_ = position;
    return false;
  }
  // Bytes read, the wrong one included.
  [[nodiscard]] size_t position() const noexcept { return position_; }

 private:
  size_t position_ = 0;
};

// Paths and types are words of the API; anything else in protobuf's sentence came from the client.
bool is_word(std::string_view text) {
  constexpr size_t word_bytes_max = 128;
  return !text.empty() && text.size() <= word_bytes_max && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '[' || c == ']';
  });
}

// "TYPE_BYTES" → "bytes in base64"
std::string_view type_words(std::string_view type) {
  constexpr std::pair<std::string_view, std::string_view> types[] = {
      {"TYPE_BYTES", "bytes in base64"},  {"TYPE_STRING", "a text"},          {"TYPE_BOOL", "true or false"},
      {"TYPE_INT32", "a 32-bit number"},  {"TYPE_UINT32", "a 32-bit number"}, {"TYPE_INT64", "a 64-bit number"},
      {"TYPE_UINT64", "a 64-bit number"}, {"TYPE_DOUBLE", "a number"},        {"TYPE_FLOAT", "a number"},
      {"TYPE_ENUM", "a name of its enum"}};
  const auto* const found = std::ranges::find(types, type, &std::pair<std::string_view, std::string_view>::first);
  return found == std::end(types) ? type : found->second;
}

}  // namespace

std::string json_fault(std::string_view json) {
  FaultFinder finder;
  if (nlohmann::json::sax_parse(json, &finder)) {
    return "";
  }
  const std::string_view read = json.substr(0, std::min(finder.position(), json.size()));
  const auto line = 1 + std::ranges::count(read, '\n');
  const size_t line_start = read.rfind('\n') + 1;  // npos + 1 is 0
  const bool is_at_end = finder.position() > json.size();
  return fmt::format(": line {}, column {}{}", line, std::max<size_t>(read.size() - line_start, 1),
                     is_at_end ? ", where it ends too early" : "");
}

// "(malloc_volume.key): invalid value "…" for type TYPE_BYTES"
std::string misfit(std::string_view error) {
  const size_t close = error.starts_with('(') ? error.find("): ") : std::string_view::npos;
  const std::string_view path = close == std::string_view::npos ? "" : error.substr(1, close - 1);
  constexpr std::string_view before_type = " for type ";
  const size_t type_at = error.rfind(before_type);
  const std::string_view type = type_at == std::string_view::npos ? "" : error.substr(type_at + before_type.size());
  const std::string field = is_word(path) ? fmt::format("{}: ", path) : "";
  return is_word(type) ? fmt::format("{}the value is not {}", field, type_words(type))
                       : fmt::format("{}the value is of another type than the field", field);
}

std::string expected_value(const FieldDescriptor& field) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    return "bytes in base64";
  }
  return field.message_type() != nullptr ? fmt::format("the text of a {}", field.message_type()->full_name())
                                         : std::string(field.type_name());
}

std::string enum_names(const FieldDescriptor& field) {
  std::string names;
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    names.append(i == 0 ? "" : ", ").append(field.enum_type()->value(i)->name());
  }
  return names;
}

}  // namespace outrigger::api::rest
