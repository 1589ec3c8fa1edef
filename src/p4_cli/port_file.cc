// port_file.cc: a port and a path.
#include "p4_cli/port_file.h"

#include <algorithm>
#include <charconv>

#include "p4/diagnostics.h"

namespace outrigger::p4_cli {

Result<PortFile> parse_port_file(const std::string& text) {
  PortFile parsed{.port = std::nullopt, .path = text};
  const size_t colon = text.find(':');
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (colon != std::string::npos && colon > 0 && std::all_of(text.data(), text.data() + colon, is_digit)) {
    uint32_t port = 0;
    if (std::from_chars(text.data(), text.data() + colon, port).ec != std::errc()) {
      return fail(Code::OutOfRange, "{}: the port does not fit 32 bits", p4::printable(text));
    }
    parsed = {.port = port, .path = text.substr(colon + 1)};
  }
  if (parsed.path.empty()) {
    return fail(Code::InvalidArgument, "'{}': no file is named", p4::printable(text));
  }
  return parsed;
}

}  // namespace outrigger::p4_cli
