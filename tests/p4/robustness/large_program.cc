// Texts that ask for much, and what they took.
#include "robustness/large_program.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "p4/front.h"
#include "random_program/random_run.h"

namespace outrigger::p4_robustness {
namespace {

constexpr uint32_t packets = 2;

// Debug builds with sanitizers are some ten times slower, and keep what was freed for a while.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr double seconds_max = 60;
constexpr long memory_kib_max = 6L << 20U;
#else
constexpr double seconds_max = 10;
constexpr long memory_kib_max = 2L << 20U;
#endif
#else
constexpr double seconds_max = 10;
constexpr long memory_kib_max = 2L << 20U;
#endif

rusage used() {
  rusage now{};
  getrusage(RUSAGE_SELF, &now);
  return now;
}

// Of the processor, so that a busy machine is no failure.
double seconds() {
  const rusage now = used();
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(now.ru_utime) + of(now.ru_stime);
}

}  // namespace

std::string repeat(uint32_t count, const std::function<std::string(uint32_t)>& part) {
  std::string text;
  for (uint32_t i = 0; i < count; ++i) {
    text += part(i);
  }
  return text;
}

std::string repeat(uint32_t count, const std::string& part) {
  return repeat(count, [&](uint32_t) { return part; });
}

std::string numbered(uint32_t count, const std::string& before, const std::string& after) {
  return repeat(count, [&](uint32_t i) { return before + std::to_string(i) + after; });
}

std::string v1model_program(const Texts& texts) {
  return "#include <core.p4>\n#include <v1model.p4>\n"
         "header h_t { bit<8> a; bit<32> b; } struct H { h_t h; } struct M { bit<32> x; }\n" +
         texts.top + "\nparser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) {\n" + texts.states +
         "}\n"
         "control V(inout H h, inout M m) { apply { } }\n"
         "control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }\n"
         "control D(packet_out p, in H h) { apply { p.emit(h); } }\n"
         "control I(inout H h, inout M m, inout standard_metadata_t s) {\n" +
         texts.locals + "\napply {\n" + texts.body + "\n} }\nV1Switch(P(), V(), I(), E(), V(), D()) main;\n";
}

std::string refusal(const std::string& text) {
  const auto compilation = p4::compile_front_text("large.p4", text, {});
  if (compilation->is_good()) {
    bool is_refused = false;
    const std::string fault = p4_random::lower_and_run(*compilation, packets, 1, &is_refused);
    EXPECT_EQ(fault, "");
    EXPECT_EQ(is_refused, !compilation->is_good());
  }
  for (const p4::Diagnostic& said : compilation->diagnostics.all()) {
    if (said.severity == p4::Severity::Error) {
      return said.what;
    }
  }
  return {};
}

Budget::Budget() : seconds_before_(seconds()) {}

Budget::~Budget() {
  EXPECT_LT(seconds() - seconds_before_, seconds_max);
  EXPECT_LT(used().ru_maxrss, memory_kib_max);
}

}  // namespace outrigger::p4_robustness
