// Any bytes as a program: the preprocessor neither crashes nor runs away, every offset has a place within its file, and
// what is shown is fit for a terminal.
#include "base/check.h"
#include "base/utf8.h"
#include "p4/limits.h"
#include "p4/preprocessor/preprocessor.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace outrigger;
using namespace outrigger::p4;

void check_place(const Place& place) {
  check(place.line > 0 && place.column > 0, "a place counts from 1");
  check(place.column >= place.line_text_column, "the line's text begins before the place");
  check(place.line_text.size() <= size_t{4} * shown_columns_max, "long lines are cut");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const PreprocessorOptions options{.include_folders = {}, .defines = {"D=1"}, .undefines = {"U"}};
  const auto source = preprocess_text("a.p4", text, options, diagnostics);
  check(source.has_value() == !diagnostics.has_errors(), "text or errors");
  for (const bool colour : {false, true}) {
    check(is_utf8(to_text(diagnostics, SourceText{}, colour)), "what is shown is UTF-8");
  }
  if (source) {
    const auto end = static_cast<uint32_t>(source->text().size());
    for (uint32_t offset = 0; offset < end; offset += 1 + offset / 64) {
      check_place(source->place(offset));
      check_place(source->place({offset, end - offset / 2}));
    }
  }
  return 0;
}
