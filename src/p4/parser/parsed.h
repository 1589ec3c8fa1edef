// For tests: a text, parsed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "p4/parser.h"
#include "p4/printer.h"

namespace outrigger::p4 {

struct Parsed {
  SourceText source;
  Diagnostics diagnostics;
  Program program;

  explicit Parsed(std::string_view text) : source(SourceText::from_text("a.p4", std::string(text))) {
    parse(source, program, diagnostics);
  }
  [[nodiscard]] std::string errors() const { return to_text(diagnostics, source); }
  // Errors as `line:column what`, one a line.
  [[nodiscard]] std::string short_errors() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      const Place place = source.place(diagnostic.where);
      text += std::to_string(place.line) + ":" + std::to_string(place.column) + " " + diagnostic.what + "\n";
    }
    return text;
  }
};

}  // namespace outrigger::p4
