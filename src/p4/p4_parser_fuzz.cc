// Fuzzes the lexer, the parser and the printer: any text gives a program or diagnostics, never a crash; what parsed
// without a fault prints as a text that parses, and prints as the same text again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "p4/parser.h"
#include "p4/printer.h"

namespace outrigger::p4 {
namespace {

constexpr size_t text_bytes_max = 64U << 10U;

// What it prints as; empty when it is faulty.
std::string printed(std::string_view text) {
  const SourceText source = SourceText::from_text("fuzzed.p4", std::string(text));
  Diagnostics diagnostics;
  Program program;
  parse(source, program, diagnostics);
  std::string print = to_text(program);
  const std::string shown = to_text(diagnostics, source);
  check(shown.empty() == diagnostics.all().empty(), "faults are shown");
  return diagnostics.has_errors() ? std::string() : print + "\n";
}

void run(std::string_view text) {
  const std::string first = printed(text);
  if (!first.empty()) {
    check(printed(first) == first, "a printed program prints as itself");
  }
}

}  // namespace
}  // namespace outrigger::p4

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size <= outrigger::p4::text_bytes_max) {
    outrigger::p4::run(std::string_view(reinterpret_cast<const char*>(data), size));
  }
  return 0;
}
