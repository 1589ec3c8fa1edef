// Where what is in braces ends, in texts that have a brace too few or too many: one error says so, and reading goes on
// where the text seems to.
#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

bool ProgramReader::is_at_elements_end() {
  if (is_closed_too_early()) {
    tell(peek().where, "this '}' is one too many: what follows belongs to what it ends", "remove it");
    take();
  }
  return is_at_brace_end() || is_beyond_braces();
}

// Does a line begin here that can only be outside of the braces that are open, one of which is never closed?
bool ProgramReader::is_beyond_braces() const {
  if (peek().kind != TokenKind::Keyword || braces_.empty() || partner(braces_.front()) != none || !is_on_new_line()) {
    return false;
  }
  const bool is_inner = braces_.size() > 1;
  switch (static_cast<Keyword>(peek().which)) {
    case Keyword::Control:
    case Keyword::Enum:
    case Keyword::Extern:
    case Keyword::Header:
    case Keyword::HeaderUnion:
    case Keyword::Package:
    case Keyword::Parser:
    case Keyword::Struct:
    case Keyword::Typedef: return true;
    case Keyword::Action:
    case Keyword::Table: return is_inner;
    case Keyword::Apply: return is_inner && is(Symbol::LeftBrace, 1);
    case Keyword::State: return is_inner && is_name(1) && is(Symbol::LeftBrace, 2);
    default: return false;
  }
}

// Is here the end of what began at the top level, and behind it what cannot be there, and a '}' for nothing?
bool ProgramReader::is_closed_too_early() const {
  if (!is(Symbol::RightBrace) || braces_.size() != 1 || !is_on_new_line(1) || !has_surplus_brace()) {
    return false;
  }
  return is(Keyword::Action, 1) || is(Keyword::Table, 1) || (is(Keyword::Apply, 1) && is(Symbol::LeftBrace, 2)) ||
         (is(Keyword::State, 1) && is_name(2) && is(Symbol::LeftBrace, 3));
}

// The '}', or an error that it is missing: one for all that are missing at the same place.
void ProgramReader::close_braces(std::string_view what) {
  const uint32_t open = braces_.back();
  if (is_beyond_braces() && missed_at_ == position()) {
    give_up();
  } else {
    missed_at_ = is_beyond_braces() ? position() : missed_at_;
    expect_closing(Symbol::RightBrace, open, what);
  }
  braces_.pop_back();
}

}  // namespace outrigger::p4
