// TokenCursor: single tokens, errors and how reading goes on after them.
#include "p4/parser/token_cursor.h"

#include <fmt/format.h>

#include <utility>

#include "p4/lexer.h"

namespace outrigger::p4 {

TokenCursor::TokenCursor(const SourceText& source, Diagnostics& diagnostics)
    : source_(source), diagnostics_(diagnostics), tokens_(tokens_of(source, diagnostics)) {
  find_partners();
}

bool TokenCursor::is_name(const Token& token) noexcept {
  if (token.kind == TokenKind::Identifier) {
    return true;
  }
  if (token.kind != TokenKind::Keyword) {
    return false;
  }
  switch (static_cast<Keyword>(token.which)) {
    case Keyword::Apply:
    case Keyword::Key:
    case Keyword::Actions:
    case Keyword::State:
    case Keyword::Entries:
    case Keyword::Type:
    case Keyword::Priority:
    case Keyword::List: return true;
    default: return false;
  }
}

bool TokenCursor::is_on_new_line(size_t ahead) const noexcept {
  if (at_ + ahead == 0) {
    return true;
  }
  const std::string_view between = source_.text({token(at_ + ahead - 1).where.end, peek(ahead).where.begin});
  return between.find_first_of("\n\r") != std::string_view::npos;
}

Token TokenCursor::take() noexcept {
  const Token taken = peek();
  if (taken.kind != TokenKind::End) {
    ++at_;
  }
  return taken;
}

bool TokenCursor::accept(Symbol symbol) noexcept {
  const bool is_it = is(symbol);
  at_ += is_it ? 1 : 0;
  return is_it;
}

bool TokenCursor::accept(Keyword keyword) noexcept {
  const bool is_it = is(keyword);
  at_ += is_it ? 1 : 0;
  return is_it;
}

// What is missing at the end of a line is missing there, not where the next line begins.
SourceRange TokenCursor::place_of_missing() const noexcept {
  if (at_ != 0 && is_on_new_line()) {
    return {previous().where.end - 1, previous().where.end};
  }
  return peek().where;
}

bool TokenCursor::expect(Symbol symbol, std::string_view where) {
  if (is_panicking_) {
    return false;
  }
  if (accept(symbol)) {
    return true;
  }
  fail(place_of_missing(), fmt::format("expected '{}' {}, found {}", to_text(symbol), where, describe(peek())));
  return false;
}

bool TokenCursor::expect_semicolon(std::string_view where) {
  if (!is_panicking_ && !is(Symbol::Semicolon) && (is_on_new_line() || is(Symbol::RightBrace)) && !is_at_end()) {
    tell(place_of_missing(), fmt::format("expected ';' {}, found {}", where, describe(peek())), "add the ';'");
    return true;
  }
  return expect(Symbol::Semicolon, where);
}

bool TokenCursor::expect_opening_brace(std::string_view where) {
  if (!is_panicking_ && !is(Symbol::LeftBrace) && has_surplus_brace()) {
    tell(place_of_missing(), fmt::format("expected '{{' {}, found {}", where, describe(peek())), "add the '{'");
    return true;
  }
  return expect(Symbol::LeftBrace, where);
}

bool TokenCursor::expect_closing(Symbol symbol, uint32_t open, std::string_view where) {
  if (is_panicking_) {
    return false;
  }
  if (accept(symbol)) {
    return true;
  }
  is_panicking_ = true;
  is_end_told_ = is_at_end();
  Diagnostic& told = diagnostics_.error(
      place_of_missing(), fmt::format("expected '{}' {}, found {}", to_text(symbol), where, describe(peek())));
  if (symbol != Symbol::RightBrace || token(open).is(Symbol::LeftBrace)) {
    told.note(token(open).where, fmt::format("the '{}' that it would close is here", token(open).text));
  }
  return false;
}

Name TokenCursor::expect_name(std::string_view what) {
  if (is_panicking_) {
    return {};
  }
  if (is_name()) {
    const Token taken = take();
    return {.text = std::string(taken.text), .where = taken.where};
  }
  std::string remedy;
  if (peek().kind == TokenKind::Keyword) {
    remedy = fmt::format("'{}' is a keyword of P4: choose another name", peek().text);
  } else if (peek().kind == TokenKind::Number) {
    remedy = "names begin with a letter or '_'";
  }
  fail_expected(fmt::format("the name of {}", what), std::move(remedy));
  return {};
}

void TokenCursor::fail(SourceRange where, std::string what, std::string remedy) {
  if (!is_panicking_) {
    is_panicking_ = true;
    diagnostics_.error(where, std::move(what), std::move(remedy));
  }
}

void TokenCursor::fail_expected(std::string_view what, std::string remedy) {
  if (!is_panicking_) {
    fail(peek().where, fmt::format("expected {}, found {}", what, describe(peek())), std::move(remedy));
  }
}

void TokenCursor::tell(SourceRange where, std::string what, std::string remedy) {
  if (!is_panicking_) {
    diagnostics_.error(where, std::move(what), std::move(remedy));
  }
}

std::string TokenCursor::describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::End: return "the end of the file";
    case TokenKind::String: return "a string";
    case TokenKind::Keyword: return fmt::format("the keyword '{}'", token.text);
    case TokenKind::Pragma: return "'@pragma'";
    case TokenKind::Unknown: return fmt::format("'{}', which has no meaning in P4", token.text);
    default: return fmt::format("'{}'", token.text);
  }
}

// Keywords that begin a statement or declaration: on a new line, a good place to go on.
bool TokenCursor::is_restart() const noexcept {
  if (peek().kind != TokenKind::Keyword || !is_on_new_line()) {
    return false;
  }
  switch (static_cast<Keyword>(peek().which)) {
    case Keyword::Action:
    case Keyword::Apply:
    case Keyword::Const:
    case Keyword::Control:
    case Keyword::Enum:
    case Keyword::Extern:
    case Keyword::For:
    case Keyword::Header:
    case Keyword::HeaderUnion:
    case Keyword::If:
    case Keyword::Package:
    case Keyword::Parser:
    case Keyword::Return:
    case Keyword::State:
    case Keyword::Struct:
    case Keyword::Switch:
    case Keyword::Table:
    case Keyword::Transition:
    case Keyword::Typedef: return true;
    default: return false;
  }
}

void TokenCursor::recover(uint32_t begin) {
  is_panicking_ = false;
  while (!is_at_end() && !is(Symbol::RightBrace)) {
    if (at_ != begin && is_restart()) {
      return;
    }
    const uint32_t other = partner(at_);
    const bool is_block = is(Symbol::LeftBrace) && other != none;
    const bool is_last = is(Symbol::Semicolon) || is_block;
    at_ = other != none && other > at_ ? other + 1 : at_ + 1;
    if (is_last) {
      if (is_block) {
        accept(Symbol::Semicolon);
      }
      return;
    }
  }
  is_panicking_ = is_at_end() && is_end_told_;
}

void TokenCursor::resume_at(uint32_t index) noexcept {
  is_panicking_ = false;
  at_ = index > at_ ? index : at_;
}

// Pairs brackets. A `}` closes the nearest `{`, whatever is open inside; `)` and `]` do not reach across a brace.
void TokenCursor::find_partners() {
  partners_.assign(tokens_.size(), none);
  struct Frame {  // since the last open brace
    uint32_t brace;
    uint32_t parentheses = 0;
    uint32_t brackets = 0;
  };
  std::vector<uint32_t> open;
  std::vector<Frame> frames = {{none}};
  const auto close = [&](uint32_t index, Symbol opening) {
    while (!tokens_[open.back()].is(opening)) {
      const bool is_parenthesis = tokens_[open.back()].is(Symbol::LeftParenthesis);
      --(is_parenthesis ? frames.back().parentheses : frames.back().brackets);
      open.pop_back();
    }
    partners_[index] = open.back();
    partners_[open.back()] = index;
    open.pop_back();
  };
  for (uint32_t i = 0; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (token.is(Symbol::LeftBrace)) {
      frames.push_back({i});
      open.push_back(i);
    } else if (token.is(Symbol::LeftParenthesis) || token.is(Symbol::LeftBracket)) {
      ++(token.is(Symbol::LeftBracket) ? frames.back().brackets : frames.back().parentheses);
      open.push_back(i);
    } else if (token.is(Symbol::RightBrace) && frames.size() > 1) {
      close(i, Symbol::LeftBrace);
      frames.pop_back();
    } else if (token.is(Symbol::RightBrace)) {
      surplus_brace_ = i;
    } else if (token.is(Symbol::RightParenthesis) && frames.back().parentheses != 0) {
      close(i, Symbol::LeftParenthesis);
      --frames.back().parentheses;
    } else if (token.is(Symbol::RightBracket) && frames.back().brackets != 0) {
      close(i, Symbol::LeftBracket);
      --frames.back().brackets;
    }
  }
}

}  // namespace outrigger::p4
