// Diagnostics: collecting. Showing is in diagnostics_text.cc.
#include "p4/diagnostics.h"

#include <fmt/format.h>

#include <utility>

namespace outrigger::p4 {

namespace {

// Equal for what says the same of the same place.
std::string identity(const Diagnostic& diagnostic) {
  const int severity = static_cast<int>(diagnostic.severity);
  if (diagnostic.place) {
    return fmt::format("{}@{}:{}:{}:{}", severity, diagnostic.place->file, diagnostic.place->line,
                       diagnostic.place->column, diagnostic.what);
  }
  return fmt::format("{}:{}:{}:{}", severity, diagnostic.where.begin, diagnostic.where.end, diagnostic.what);
}

}  // namespace

Diagnostic& Diagnostic::note(SourceRange at, std::string text) {
  if (notes.size() < notes_max) {
    notes.push_back({at, std::move(text), std::nullopt});
  }
  return *this;
}

Diagnostic& Diagnostics::add(Diagnostic diagnostic) {
  uint32_t& count = diagnostic.severity == Severity::Error ? error_count_ : warning_count_;
  const bool is_kept = count < kept_max_ && seen_.insert(identity(diagnostic)).second;
  if (!is_kept) {
    count += count < kept_max_ ? 0U : 1U;
    discarded_ = std::move(diagnostic);
    return discarded_;
  }
  ++count;
  return all_.emplace_back(std::move(diagnostic));
}

Diagnostic& Diagnostics::error(SourceRange where, std::string what, std::string remedy) {
  return add({Severity::Error, where, std::move(what), std::move(remedy), {}, {}, std::nullopt});
}

Diagnostic& Diagnostics::warning(std::string_view rule, SourceRange where, std::string what, std::string remedy) {
  return add({Severity::Warning, where, std::move(what), std::move(remedy), std::string(rule), {}, std::nullopt});
}

Diagnostic& Diagnostics::error_at(Place place, std::string what, std::string remedy) {
  return add({Severity::Error, {}, std::move(what), std::move(remedy), {}, {}, std::move(place)});
}

Diagnostic& Diagnostics::warning_at(std::string_view rule, Place place, std::string what, std::string remedy) {
  return add({Severity::Warning, {}, std::move(what), std::move(remedy), std::string(rule), {}, std::move(place)});
}

}  // namespace outrigger::p4
