// Diagnostics: what is wrong with a program, for a person: where, what, how to mend it. Collected in order; shown at
// the edge by to_text().
#pragma once

#include "p4/limits.h"
#include "p4/source_text.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace outrigger::p4 {

enum class Severity : uint8_t { Error, Warning, Note };

// Something else that helps to understand a diagnostic: "… was declared here".
struct Note {
  SourceRange where{};
  std::string what{};
  std::optional<Place> place{};  // in place of `where`, where the text does not hold it
};

struct Diagnostic {
  Severity severity = Severity::Error;
  SourceRange where{};
  std::string what{};            // one sentence, small letter first, no full stop, names between 'apostrophes'
  std::string remedy{};          // how to mend it; may be empty
  std::string rule{};            // the short name of a warning, for @noWarn("…"); may be empty
  std::vector<Note> notes{};     // at most notes_max
  std::optional<Place> place{};  // in place of `where`: for what the text does not hold, as a directive

  // Adds a note and gives this diagnostic back.
  Diagnostic& note(SourceRange at, std::string text);
};

class Diagnostics {
 public:
  // Keeps at most so many errors, and as many warnings.
  explicit Diagnostics(uint32_t kept_max = diagnostics_kept_max) noexcept : kept_max_(kept_max) {}

  // Adds one. What is returned may be given notes until the next is added. The same text at the same place is kept and
  // counted once; when full, it is only counted.
  Diagnostic& error(SourceRange where, std::string what, std::string remedy = {});
  Diagnostic& warning(std::string_view rule, SourceRange where, std::string what, std::string remedy = {});
  // The same for what stands in no text that we hold.
  Diagnostic& error_at(Place place, std::string what, std::string remedy = {});
  Diagnostic& warning_at(std::string_view rule, Place place, std::string what, std::string remedy = {});

  [[nodiscard]] const std::deque<Diagnostic>& all() const noexcept { return all_; }
  // Of errors and warnings, those that were not kept included.
  [[nodiscard]] bool has_errors() const noexcept { return error_count_ != 0; }
  [[nodiscard]] uint32_t error_count() const noexcept { return error_count_; }
  [[nodiscard]] uint32_t warning_count() const noexcept { return warning_count_; }
  // No more errors are kept: whoever finds them may stop.
  [[nodiscard]] bool is_full() const noexcept { return error_count_ >= kept_max_; }

 private:
  Diagnostic& add(Diagnostic diagnostic);

  uint32_t kept_max_;
  uint32_t error_count_ = 0;
  uint32_t warning_count_ = 0;
  std::deque<Diagnostic> all_;
  std::unordered_set<std::string> seen_;
  Diagnostic discarded_;  // what callers write notes to when theirs was not kept
};

// All of them for a terminal, each with its source line and a caret:
//
//     file:line:column: error: what
//        12 |   source line
//           |      ^~~~~
//        = help: remedy
//
// Control characters, and bytes that are not UTF-8, become U+FFFD. `colour`: with ANSI escape sequences of our own.
[[nodiscard]] std::string to_text(const Diagnostics& diagnostics, const SourceText& source, bool colour = false);
[[nodiscard]] std::string to_text(const Diagnostic& diagnostic, const SourceText& source, bool colour = false);

// A text of strangers made harmless for a terminal: control characters (tabs and line breaks as well), marks that
// change the direction of writing, and what is not UTF-8 become U+FFFD. Cut to shown_message_bytes_max.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace outrigger::p4
