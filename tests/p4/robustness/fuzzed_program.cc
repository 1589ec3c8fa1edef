// Programs from a fuzzer's bytes.
#include "robustness/fuzzed_program.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "p4/check/checker.h"
#include "p4/parser.h"
#include "robustness/program_mutator.h"

namespace outrigger::p4_robustness {
namespace {

std::string preprocessed(const std::string& includes) {
  p4::Diagnostics diagnostics;
  const auto source = p4::preprocess_text("prelude.p4", includes, {}, diagnostics);
  check(source.has_value(), "the shipped files preprocess");
  return std::string(source->text()) + "\n";
}

std::string_view text_of(const uint8_t* data, size_t size) {
  return size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1);
}

size_t write(uint8_t first, const std::string& text, uint8_t* out, size_t size_max) {
  const size_t size = std::min(size_max, text.size() + 1);
  if (size == 0) {
    return 0;
  }
  out[0] = first;
  std::copy_n(text.begin(), size - 1, out + 1);
  return size;
}

}  // namespace

std::string_view prelude_text(Prelude prelude) {
  static const std::array<std::string, 3> texts = {std::string(), preprocessed("#include <core.p4>\n"),
                                                   preprocessed("#include <core.p4>\n#include <v1model.p4>\n")};
  return texts[static_cast<size_t>(prelude)];
}

std::unique_ptr<p4::Compilation> compile_after(Prelude prelude, std::string_view text) {
  auto compilation = std::make_unique<p4::Compilation>();
  compilation->source = p4::SourceText::from_text("fuzzed.p4", std::string(prelude_text(prelude)) + std::string(text));
  p4::parse(compilation->source, compilation->program, compilation->diagnostics);
  if (compilation->is_good()) {
    p4::Checker(compilation->program, compilation->types, compilation->values, compilation->diagnostics).run();
  }
  return compilation;
}

size_t mutate_input(uint8_t* data, size_t size, size_t size_max, uint32_t seed) {
  const std::string_view text = text_of(data, size);
  const std::string made = mutated_program(text, text, seed, size_max);
  return write(size == 0 ? uint8_t{'2'} : data[0], made, data, size_max);
}

size_t cross_inputs(const uint8_t* data, size_t size, const uint8_t* other, size_t other_size, uint8_t* out,
                    size_t size_max, uint32_t seed) {
  const std::string made = mutated_program(text_of(data, size), text_of(other, other_size), seed, size_max);
  return write(size == 0 ? uint8_t{'2'} : data[0], made, out, size_max);
}

}  // namespace outrigger::p4_robustness
