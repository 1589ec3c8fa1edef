// Tokens of P4-16 (§6.4). Works on the preprocessed text: comments are gone, but are skipped where a text comes without
// one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "p4/diagnostics.h"
#include "p4/integer.h"
#include "p4/source_text.h"

namespace outrigger::p4 {

enum class TokenKind : uint8_t {
  End,
  Identifier,
  Number,
  String,
  Annotation /* @name */,
  Pragma /* @pragma … to the end of the line */,
  // Punctuation and operators are Symbol, keywords are Keyword: told apart by their text's number (see symbol,
  // keyword).
  Symbol,
  Keyword,
  Unknown,
};

// The lexer's owner lists keywords and symbols in lexer.h; the parser alone uses them.
struct Token {
  TokenKind kind = TokenKind::End;
  uint8_t which = 0;      // of a Keyword or Symbol: its enumerator
  std::string_view text;  // in the SourceText
  SourceRange where;
};

// All tokens up to End. Bounded by tokens_max. Faults (a character that P4 lacks, a number without digits, a string
// without end) are in the diagnostics, and the text after them is read on.
std::vector<Token> tokens_of(const SourceText& source, Diagnostics& diagnostics);

}  // namespace outrigger::p4
