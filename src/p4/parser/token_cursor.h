// TokenCursor: the tokens of a program and a place in them; what the parser does with single tokens, and how it goes on
// after an error.
//
// An error makes the cursor `panicking`: more errors are not told, loops end, and what was being read is given up,
// until somebody who knows where to go on calls recover() or resume_at().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "p4/ast/node.h"
#include "p4/diagnostics.h"
#include "p4/token.h"

namespace outrigger::p4 {

class TokenCursor {
 public:
  static constexpr uint32_t none = UINT32_MAX;

  TokenCursor(const SourceText& source, Diagnostics& diagnostics);

  // --- looking ---

  [[nodiscard]] uint32_t position() const noexcept { return at_; }
  [[nodiscard]] const Token& token(size_t index) const noexcept {
    return tokens_[index < tokens_.size() ? index : tokens_.size() - 1];
  }
  [[nodiscard]] const Token& peek(size_t ahead = 0) const noexcept { return token(at_ + ahead); }
  [[nodiscard]] const Token& previous() const noexcept { return token(at_ == 0 ? 0 : at_ - 1); }
  [[nodiscard]] bool is(Symbol symbol, size_t ahead = 0) const noexcept { return peek(ahead).is(symbol); }
  [[nodiscard]] bool is(Keyword keyword, size_t ahead = 0) const noexcept { return peek(ahead).is(keyword); }
  [[nodiscard]] bool is_at_end() const noexcept { return peek().kind == TokenKind::End; }
  // Loops over what is in braces end here.
  [[nodiscard]] bool is_at_brace_end() const noexcept { return is(Symbol::RightBrace) || is_at_end(); }
  // A name (the grammar's `name`): identifiers, and keywords that are some only in their place.
  [[nodiscard]] static bool is_name(const Token& token) noexcept;
  [[nodiscard]] bool is_name(size_t ahead = 0) const noexcept { return is_name(peek(ahead)); }
  // The token and the one after it touch.
  [[nodiscard]] bool is_touching_next(size_t ahead = 0) const noexcept {
    return peek(ahead).where.end == peek(ahead + 1).where.begin;
  }
  // The other end of a bracket; `none` when it has none.
  [[nodiscard]] uint32_t partner(size_t index) const noexcept {
    return index < partners_.size() ? partners_[index] : none;
  }
  // Is a line break before the next token?
  [[nodiscard]] bool is_on_new_line(size_t ahead = 0) const noexcept;
  // Is there a '}' here or further on that closes nothing?
  [[nodiscard]] bool has_surplus_brace() const noexcept { return surplus_brace_ != none && surplus_brace_ >= at_; }

  // --- taking ---

  Token take() noexcept;
  bool accept(Symbol symbol) noexcept;
  bool accept(Keyword keyword) noexcept;
  // Takes the symbol, or fails: "expected ';' after the assignment, found …". `where`: "after the assignment".
  bool expect(Symbol symbol, std::string_view where);
  // A ';'. When it is missing at the end of a line, reading goes on as if it were there.
  bool expect_semicolon(std::string_view where);
  // A '{'. Where one is missing, and a '}' further on closes nothing, reading goes on as if it were there.
  bool expect_opening_brace(std::string_view where);
  // The end of what began with the bracket at `open`, which a note points to.
  bool expect_closing(Symbol symbol, uint32_t open, std::string_view where);
  // A name, or fails: "expected the name of `what` …". Empty after a failure.
  Name expect_name(std::string_view what);

  // --- errors ---

  [[nodiscard]] bool is_panicking() const noexcept { return is_panicking_; }
  // Tells an error and panics. Does nothing while panicking.
  void fail(SourceRange where, std::string what, std::string remedy = {});
  // The same: "expected `what`, found …", at the next token.
  void fail_expected(std::string_view what, std::string remedy = {});
  // Panics without an error, since it has been told.
  void give_up() noexcept { is_panicking_ = true; }
  // Tells an error that does not keep us from reading on.
  void tell(SourceRange where, std::string what, std::string remedy = {});
  // The token as a message names it: `'x'`, `the keyword 'table'`, `the end of the file`.
  [[nodiscard]] static std::string describe(const Token& token);

  // Goes on after the next `;` or block, at a `}`, or at a line that begins with a keyword of a statement or
  // declaration. Takes at least one token when none was since `begin`, except a `}`.
  void recover(uint32_t begin);
  // Goes on at a token that lies ahead.
  void resume_at(uint32_t index) noexcept;

 protected:
  [[nodiscard]] const SourceText& source() const noexcept { return source_; }
  [[nodiscard]] Diagnostics& diagnostics() noexcept { return diagnostics_; }

 private:
  void find_partners();
  [[nodiscard]] SourceRange place_of_missing() const noexcept;
  [[nodiscard]] bool is_restart() const noexcept;

  const SourceText& source_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::vector<uint32_t> partners_;
  uint32_t surplus_brace_ = none;  // the last '}' that closes nothing
  uint32_t at_ = 0;
  bool is_panicking_ = false;
  bool is_end_told_ = false;  // that the text ends too early, which is told once
};

}  // namespace outrigger::p4
