// The lexer: text → tokens (P4-16 §6.4). Works on the preprocessed text: comments are gone, but are skipped where a
// text comes without a preprocessor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "p4/diagnostics.h"
#include "p4/token.h"

namespace outrigger::p4 {

// All tokens up to End, which is always there. Bounded by tokens_max. Faults (a string or a comment without end) are in
// the diagnostics, and the text after them is read on. What only the parser can judge is handed on: characters that P4
// lacks (Unknown) and numbers that are none, since annotations may hold both.
std::vector<Token> tokens_of(const SourceText& source, Diagnostics& diagnostics);
// The same for a part of the text: what is in a pragma. `part` is within the text.
std::vector<Token> tokens_of(const SourceText& source, SourceRange part, Diagnostics& diagnostics);

// A string literal's text without its quotes, escapes (\" \\ \n) resolved; others stay as they are written (§6.4.3.3).
std::string string_literal_text(std::string_view token);

}  // namespace outrigger::p4
