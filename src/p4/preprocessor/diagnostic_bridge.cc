// DiagnosticBridge: see the header.
#include "p4/preprocessor/diagnostic_bridge.h"

#include "p4/limits.h"

#include <clang/Basic/DiagnosticLex.h>
#include <llvm/ADT/SmallString.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace outrigger::p4 {

namespace {

namespace diag = clang::diag;

// Directives that Clang may read among the arguments of a macro: they expand nothing. Of conditions there, it tells us
// of the expansions only when all is over.
constexpr std::array<std::string_view, 8> harmless_in_arguments = {"ifdef", "ifndef", "elifdef", "elifndef",
                                                                   "else",  "endif",  "define",  "undef"};

struct Remedy {
  unsigned id;
  std::string_view text;
};
constexpr std::array<Remedy, 7> remedies = {{
    {diag::err_pp_unterminated_conditional, "end it with #endif"},
    {diag::err_pp_endif_without_if, "remove it, or begin the condition with #if"},
    {diag::err_unterm_macro_invoc, "close its arguments with ')'"},
    {diag::err_unterminated_block_comment, "end it with */"},
    {diag::err_pp_include_too_deep, "does a file include itself? Guard it with #ifndef, #define and #endif"},
    {diag::null_in_file, "remove it; is this a file of text?"},
    {diag::null_in_char_or_string, "remove it; is this a file of text?"},
}};

bool is_of_nul_byte(unsigned id) { return id == diag::null_in_file || id == diag::null_in_char_or_string; }

std::string remedy_for(unsigned id) {
  const auto* found = std::ranges::find(remedies, id, &Remedy::id);
  return found == remedies.end() ? std::string() : std::string(found->text);
}

}  // namespace

void DiagnosticBridge::set_severities(clang::DiagnosticsEngine& engine) {
  engine.setSeverity(diag::ext_embedded_directive, diag::Severity::Warning, {});
  engine.setSeverity(diag::ext_pp_embed_directive, diag::Severity::Warning, {});
  // To Clang a NUL byte is white space, and in a string as good as any.
  engine.setSeverity(diag::null_in_file, diag::Severity::Error, {});
  engine.setSeverity(diag::null_in_char_or_string, diag::Severity::Error, {});
}

bool DiagnosticBridge::is_handled(const clang::Diagnostic& info) {
  if (info.getID() == diag::ext_pp_embed_directive) {
    fail(info.getLocation(), "'#embed' is no directive of P4", "write the bytes into the program");
    return true;
  }
  if (info.getID() != diag::ext_embedded_directive) {
    return false;
  }
  const std::string_view text = info.getSourceManager().getCharacterData(info.getLocation());
  const std::string_view name = text.substr(0, text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"));
  if (std::ranges::find(harmless_in_arguments, name) == harmless_in_arguments.end()) {
    fail(info.getLocation(), "this directive stands among the arguments of a macro",
         "put it around the whole use of the macro, or use #ifdef");
  }
  return true;
}

void DiagnosticBridge::HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) {
  const bool is_note = level == clang::DiagnosticsEngine::Note;
  if (places_ == nullptr || (brake_->is_pulled() && !is_note) || is_handled(info)) {
    last_ = is_note ? last_ : nullptr;
    return;
  }
  llvm::SmallString<256> text;
  info.FormatDiagnostic(text);
  std::string what =
      is_of_nul_byte(info.getID()) ? "a program has no NUL bytes" : text.str().substr(0, shown_message_bytes_max).str();
  if (is_note) {
    if (last_ != nullptr && last_->notes.size() < notes_max && info.getLocation().isValid()) {
      last_->notes.push_back({{}, std::move(what), places_->place(info.getLocation())});
    }
    return;
  }
  last_ = nullptr;
  if (level >= clang::DiagnosticsEngine::Error) {
    const bool goes_on = info.getID() == diag::err_pp_hash_error && !diagnostics_.is_full();
    has_failed_ = true;
    last_ = &diagnostics_.error_at(places_->place(info.getLocation()), std::move(what), remedy_for(info.getID()));
    if (!goes_on) {
      // Whatever follows, it is not what was meant. Notes of this one still come. The lexer may be inside a token.
      brake_->pull_later();
    }
  } else if (info.getID() == diag::pp_hash_warning) {
    last_ = &diagnostics_.warning_at("preprocessor", places_->place(info.getLocation()), std::move(what));
  } else if (info.getID() == diag::ext_pp_macro_redef) {
    last_ = &diagnostics_.warning_at("macro-redefined", places_->place(info.getLocation()), std::move(what),
                                     "remove one, or write #undef before the second");
  }
}

void DiagnosticBridge::error(clang::CharSourceRange range, std::string what, std::string remedy) {
  has_failed_ = true;
  last_ = nullptr;
  diagnostics_.error_at(places_->place(range), std::move(what), std::move(remedy));
  if (diagnostics_.is_full()) {
    brake_->pull();
  }
}

void DiagnosticBridge::warning(std::string_view rule, clang::CharSourceRange range, std::string what,
                               std::string remedy) {
  last_ = nullptr;
  diagnostics_.warning_at(rule, places_->place(range), std::move(what), std::move(remedy));
}

void DiagnosticBridge::fail(clang::SourceLocation location, std::string what, std::string remedy) {
  if (!brake_->is_pulled()) {
    error(clang::CharSourceRange::getCharRange(location), std::move(what), std::move(remedy));
    brake_->pull();
  }
}

}  // namespace outrigger::p4
