#include "qemu/qmp_line.h"

#include "qemu/limits.h"

#include <algorithm>

namespace outrigger::qemu {

namespace {

// What an error shows of a line that is not QMP; nothing in it that a log or a terminal would act on.
constexpr size_t excerpt_bytes = 80;

std::string excerpt(std::string_view line) {
  std::string text(line.substr(0, excerpt_bytes));
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

// Follows a text without keeping anything of it; stops where it is nested too deep.
class DepthGuard final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] bool is_too_deep() const noexcept { return depth_ > json_depth_max; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

 private:
  bool enter() noexcept { return ++depth_ <= json_depth_max; }
  bool leave() noexcept {
    --depth_;
    return true;
  }

  size_t depth_ = 0;
};

}  // namespace

Result<Json> parse_line(std::string_view line) {
  DepthGuard guard;
  const bool is_json = Json::sax_parse(line, &guard);
  if (guard.is_too_deep()) {
    return fail(Code::Internal, "JSON that is nested more than {} deep: \"{}\"", json_depth_max, excerpt(line));
  }
  Json message = is_json ? Json::parse(line, nullptr, false) : Json();
  if (!message.is_object()) {
    return fail(Code::Internal, "not a JSON object: \"{}\"", excerpt(line));
  }
  return message;
}

}  // namespace outrigger::qemu
