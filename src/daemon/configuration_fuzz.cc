// Any bytes given as a configuration end in a configuration or an error, never in a crash or a hang.
#include "base/check.h"
#include "daemon/configuration.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = outrigger::daemon::parse_configuration(text, "fuzz.toml");
  if (!parsed.has_value()) {
    outrigger::check(!parsed.error().what.empty(), "an error says what is wrong");
  }
  return 0;
}
