// The lexer: one pass over the text, longest match first.
#include "p4/lexer.h"

#include "p4/limits.h"

#include <algorithm>
#include <array>
#include <utility>

namespace outrigger::p4 {
namespace {

constexpr std::array<std::string_view, 48> keyword_texts = {
    "abstract",   "action",  "actions", "apply",      "bit",          "bool",      "break",  "const",
    "continue",   "control", "default", "else",       "entries",      "enum",      "error",  "exit",
    "extern",     "false",   "for",     "header",     "header_union", "if",        "in",     "inout",
    "int",        "key",     "list",    "match_kind", "out",          "package",   "parser", "priority",
    "return",     "select",  "state",   "string",     "struct",       "switch",    "table",  "this",
    "transition", "true",    "tuple",   "type",       "typedef",      "value_set", "varbit", "void"};
static_assert(keyword_texts.size() == static_cast<size_t>(Keyword::Void) + 1);
static_assert(std::ranges::is_sorted(keyword_texts));

constexpr std::array<std::string_view, 51> symbol_texts = {
    "(",  ")",  "[",    "]",    "{",   "}",  "{#}", "<",  "<=", ">",  ">=",  "==", "!=", "=",   "*=",  "/=", "%=",
    "+=", "-=", "|+|=", "|-|=", "<<=", "&=", "|=",  "^=", "+",  "-",  "*",   "/",  "%",  "|+|", "|-|", "<<", "++",
    "&",  "|",  "^",    "~",    "&&",  "||", "&&&", "!",  ".",  "..", "...", ",",  ";",  ":",   "?",   "@",  "_"};
static_assert(symbol_texts.size() == static_cast<size_t>(Symbol::Underscore) + 1);

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_word(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }
// Of a character beyond ASCII: kept in one token, so that it stays in one piece.
constexpr bool is_beyond_ascii(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80; }

class Lexer {
 public:
  Lexer(std::string_view text, SourceRange part, Diagnostics& diagnostics)
      : text_(text.substr(0, part.end)), at_(part.begin), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    while (skip_blanks()) {
      if (tokens_.size() >= tokens_max) {
        diagnostics_.error({at_, at_ + 1}, "the program has more tokens than the " + std::to_string(tokens_max) +
                                               " that one compilation reads");
        break;
      }
      read_token();
    }
    const auto end = static_cast<uint32_t>(text_.size());
    tokens_.push_back({.kind = TokenKind::End, .which = 0, .text = {}, .where = {end, end}});
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char at(size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool is_at_end() const noexcept { return at_ >= text_.size(); }

  // False at the end of the text.
  bool skip_blanks() {
    while (!is_at_end()) {
      if (is_blank(at())) {
        ++at_;
      } else if (at() == '/' && at(1) == '/') {
        skip_line();
      } else if (at() == '/' && at(1) == '*') {
        skip_comment();
      } else {
        return true;
      }
    }
    return false;
  }

  void skip_line() {
    while (!is_at_end() && !is_line_end(at())) {
      ++at_;
    }
  }

  void skip_comment() {
    const size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
      diagnostics_.error({at_, at_ + 2}, "this comment has no end", "close it with '*/'");
      at_ = static_cast<uint32_t>(text_.size());
      return;
    }
    at_ = static_cast<uint32_t>(end + 2);
  }

  void add(TokenKind kind, uint32_t begin, uint8_t which = 0) {
    tokens_.push_back({.kind = kind, .which = which, .text = text_.substr(begin, at_ - begin), .where = {begin, at_}});
  }

  void read_token() {
    if (is_digit(at())) {
      read_number();
    } else if (is_word(at())) {
      read_word();
    } else if (at() == '"') {
      read_string();
    } else if (!read_pragma() && !read_symbol()) {
      read_unknown();
    }
  }

  // Everything that looks like a part of it; whether it is a number is judged when it is used.
  void read_number() {
    const uint32_t begin = at_;
    while (is_word(at())) {
      ++at_;
    }
    add(TokenKind::Number, begin);
  }

  void read_word() {
    const uint32_t begin = at_;
    while (is_word(at())) {
      ++at_;
    }
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "_") {
      add(TokenKind::Symbol, begin, static_cast<uint8_t>(Symbol::Underscore));
      return;
    }
    const auto* const found = std::ranges::lower_bound(keyword_texts, word);
    if (found != keyword_texts.end() && *found == word) {
      add(TokenKind::Keyword, begin, static_cast<uint8_t>(found - keyword_texts.begin()));
    } else {
      add(TokenKind::Identifier, begin);
    }
  }

  void read_string() {
    const uint32_t begin = at_++;
    while (!is_at_end() && at() != '"' && !is_line_end(at())) {
      at_ += at() == '\\' && at_ + 1 < text_.size() && !is_line_end(at(1)) ? 2 : 1;
    }
    if (!is_at_end() && at() == '"') {
      ++at_;
    } else if (const uint32_t end = string_end_on_later_line(); end != 0) {
      at_ = end;
    } else {
      diagnostics_.error({begin, begin + 1}, "this string has no end on its line",
                         "close it with '\"'; write '\\n' "
                         "for a line break inside");
    }
    if (at_ - begin > string_bytes_max) {
      diagnostics_.error({begin, begin + 1}, "this string is longer than the " + std::to_string(string_bytes_max) +
                                                 " bytes that one may have");
    }
    add(TokenKind::String, begin);
  }

  // A string may go on over lines (§6.4.3.3); it does where what comes behind the next quote can stand behind a string.
  // Otherwise a quote was forgotten, and that one begins another string. 0: the string does not go on.
  [[nodiscard]] uint32_t string_end_on_later_line() const {
    const auto limit = static_cast<uint32_t>(std::min<size_t>(text_.size(), at_ + size_t{string_bytes_max}));
    uint32_t end = at_;
    while (end < limit && text_[end] != '"') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    if (end >= limit) {
      return 0;
    }
    const size_t behind = text_.find_first_not_of(" \t\r\n", ++end);
    return behind != std::string_view::npos && std::string_view("),;]}+").contains(text_[behind]) ? end : 0;
  }

  bool read_pragma() {
    constexpr std::string_view start = "@pragma";
    if (!text_.substr(at_).starts_with(start) || is_word(at(start.size()))) {
      return false;
    }
    const uint32_t begin = at_;
    skip_line();
    add(TokenKind::Pragma, begin);
    return true;
  }

  bool read_symbol() {
    constexpr size_t length_max = 4;  // |+|=
    for (size_t length = length_max; length != 0; --length) {
      const std::string_view candidate = text_.substr(at_, length);
      const auto* const found = candidate.size() == length ? std::ranges::find(symbol_texts, candidate) : nullptr;
      if (found != nullptr && found != symbol_texts.end()) {
        const uint32_t begin = at_;
        at_ += static_cast<uint32_t>(length);
        add(TokenKind::Symbol, begin, static_cast<uint8_t>(found - symbol_texts.begin()));
        return true;
      }
    }
    return false;
  }

  void read_unknown() {
    const uint32_t begin = at_++;
    while (is_beyond_ascii(text_[begin]) && !is_at_end() && is_beyond_ascii(at())) {
      ++at_;
    }
    add(TokenKind::Unknown, begin);
  }

  std::string_view text_;
  uint32_t at_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
};

}  // namespace

std::string_view to_text(Keyword keyword) noexcept { return keyword_texts[static_cast<size_t>(keyword)]; }
std::string_view to_text(Symbol symbol) noexcept { return symbol_texts[static_cast<size_t>(symbol)]; }

std::vector<Token> tokens_of(const SourceText& source, Diagnostics& diagnostics) {
  return tokens_of(source, {0, static_cast<uint32_t>(source.text().size())}, diagnostics);
}

std::vector<Token> tokens_of(const SourceText& source, SourceRange part, Diagnostics& diagnostics) {
  return Lexer(source.text(), part, diagnostics).run();
}

std::string string_literal_text(std::string_view token) {
  token.remove_prefix(token.starts_with('"') ? 1 : 0);
  std::string text;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '"') {
      break;
    }
    if (token[i] != '\\' || i + 1 == token.size()) {
      text += token[i];
      continue;
    }
    const char escaped = token[++i];
    if (escaped == 'n') {
      text += '\n';
    } else if (escaped == '"' || escaped == '\\') {
      text += escaped;
    } else {
      text += '\\';
      text += escaped;
    }
  }
  return text;
}

}  // namespace outrigger::p4
