// Diagnostics as text for a terminal: the source line under each, a caret, the remedy. Nothing that a stranger wrote
// reaches the terminal unseen: see shown().
#include "p4/code_points.h"
#include "p4/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace outrigger::p4 {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";     // U+2026

// ANSI escape sequences (ECMA-48 §8.3.117), or nothing.
struct Colours {
  std::string_view error, warning, note, place, caret, off;
};
constexpr Colours with_colours{"\x1b[1;31m", "\x1b[1;35m", "\x1b[1;36m", "\x1b[1m", "\x1b[1;32m", "\x1b[0m"};
constexpr Colours without_colours{};

// Control characters of C0 and C1, line separators, and marks that change the direction of writing, which would let a
// line show other than it is read.
bool is_harmful(uint32_t value) {
  return value < 0x20 || (value >= 0x7F && value < 0xA0) || (value >= 0x200B && value <= 0x200F) ||
         (value >= 0x2028 && value <= 0x202E) || (value >= 0x2060 && value <= 0x206F) || value == 0xFEFF;
}

// The text with harmful characters replaced, one for one; with_tabs: tabs stay.
std::string shown(std::string_view text, bool with_tabs) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    const bool is_kept = point.is_valid && (!is_harmful(point.value) || (with_tabs && point.value == '\t'));
    result += is_kept ? text.substr(at, point.bytes) : replacement;
    at += point.bytes;
  }
  return result;
}

class Printer {
 public:
  Printer(const SourceText& source, bool colour) : source_(source), colours_(colour ? with_colours : without_colours) {}

  void print(const Diagnostic& diagnostic) {
    const bool is_error = diagnostic.severity == Severity::Error;
    std::string what = printable(diagnostic.what);
    if (!diagnostic.rule.empty()) {
      what += fmt::format(" [{}]", printable(diagnostic.rule));
    }
    print_at(diagnostic.place ? *diagnostic.place : source_.place(diagnostic.where), is_error ? "error" : "warning",
             is_error ? colours_.error : colours_.warning, what);
    if (!diagnostic.remedy.empty()) {
      print_remark("help", printable(diagnostic.remedy));
    }
    for (const Note& note : diagnostic.notes) {
      print_at(note.place ? *note.place : source_.place(note.where), "note", colours_.note, printable(note.what));
    }
  }

  void print_count(std::string_view what, uint32_t hidden) {
    fmt::format_to(std::back_inserter(text_), "{} more {}{} not shown\n", hidden, what, hidden == 1 ? " is" : "s are");
  }

  std::string take() { return std::move(text_); }

 private:
  void print_at(const Place& place, std::string_view kind, std::string_view colour, std::string_view what) {
    auto out = std::back_inserter(text_);
    if (place.line != 0) {
      fmt::format_to(out, "{}{}:{}:{}:{} ", colours_.place, printable(place.file), place.line, place.column,
                     colours_.off);
    } else if (!place.file.empty()) {
      fmt::format_to(out, "{}{}:{} ", colours_.place, printable(place.file), colours_.off);
    }
    fmt::format_to(out, "{}{}:{} {}\n", colour, kind, colours_.off, what);
    if (place.line != 0) {
      print_line(place);
    }
    if (!place.macro.empty()) {
      print_remark("note", fmt::format("in the expansion of the macro '{}'", printable(place.macro)));
    }
  }

  void print_line(const Place& place) {
    const std::string_view before = place.line_text_column > 1 ? ellipsis : "";
    const std::string_view after = place.is_line_cut ? ellipsis : "";
    auto out = std::back_inserter(text_);
    fmt::format_to(out, "{:>5} | {}{}{}\n", place.line, before, shown(place.line_text, true), after);
    // Tabs are repeated, so that the caret stands right however wide they are.
    std::string indent(before.empty() ? 0 : 1, ' ');
    size_t at = 0;
    for (uint32_t column = place.line_text_column; column < place.column && at < place.line_text.size(); ++column) {
      indent += place.line_text[at] == '\t' ? '\t' : ' ';
      at += code_point_at(place.line_text, at).bytes;
    }
    const uint32_t left = count_code_points(std::string_view(place.line_text).substr(at));
    const uint32_t marked = std::clamp<uint32_t>(place.length, 1, std::max<uint32_t>(left, 1));
    fmt::format_to(out, "      | {}{}^{:~<{}}{}\n", indent, colours_.caret, "", marked - 1, colours_.off);
  }

  void print_remark(std::string_view kind, std::string_view what) {
    fmt::format_to(std::back_inserter(text_), "      = {}: {}\n", kind, what);
  }

  const SourceText& source_;
  const Colours& colours_;
  std::string text_;
};

}  // namespace

std::string printable(std::string_view text) {
  const bool is_cut = text.size() > shown_message_bytes_max;
  std::string result = shown(text.substr(0, shown_message_bytes_max), false);
  if (is_cut) {
    result += ellipsis;
  }
  return result;
}

std::string to_text(const Diagnostic& diagnostic, const SourceText& source, bool colour) {
  Printer printer(source, colour);
  printer.print(diagnostic);
  return printer.take();
}

std::string to_text(const Diagnostics& diagnostics, const SourceText& source, bool colour) {
  Printer printer(source, colour);
  uint32_t errors = 0;
  uint32_t warnings = 0;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    printer.print(diagnostic);
    ++(diagnostic.severity == Severity::Error ? errors : warnings);
  }
  if (diagnostics.error_count() > errors) {
    printer.print_count("error", diagnostics.error_count() - errors);
  }
  if (diagnostics.warning_count() > warnings) {
    printer.print_count("warning", diagnostics.warning_count() - warnings);
  }
  return printer.take();
}

}  // namespace outrigger::p4
