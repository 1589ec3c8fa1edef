// Tokens of P4-16 (§6.4): kinds, keywords and symbols, and how they are written.
#pragma once

#include <cstdint>
#include <string_view>

#include "p4/source_text.h"

namespace outrigger::p4 {

enum class TokenKind : uint8_t {
  End,
  Identifier,
  Number,
  String,  // its text is with the quotes
  Pragma,  // `@pragma …` to the end of the line
  Symbol,
  Keyword,
  Unknown,  // characters that P4 has no use for: allowed in annotations only
};

// In the order of their texts in lexer.cc.
enum class Keyword : uint8_t {
  Abstract,
  Action,
  Actions,
  Apply,
  Bit,
  Bool,
  Break,
  Const,
  Continue,
  Control,
  Default,
  Else,
  Entries,
  Enum,
  Error,
  Exit,
  Extern,
  False,
  For,
  Header,
  HeaderUnion,
  If,
  In,
  InOut,
  Int,
  Key,
  List,
  MatchKind,
  Out,
  Package,
  Parser,
  Priority,
  Return,
  Select,
  State,
  String,
  Struct,
  Switch,
  Table,
  This,
  Transition,
  True,
  Tuple,
  Type,
  Typedef,
  ValueSet,
  Varbit,
  Void,
};

// In the order of their texts in lexer.cc. `>>` and `>>=` are none: two `>` may close two lists of type arguments, so
// that the parser puts them together where they touch.
enum class Symbol : uint8_t {
  LeftParenthesis,
  RightParenthesis,
  LeftBracket,
  RightBracket,
  LeftBrace,
  RightBrace,
  InvalidHeader,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Equal,
  NotEqual,
  Assign,
  MultiplyAssign,
  DivideAssign,
  ModuloAssign,
  PlusAssign,
  MinusAssign,
  PlusSaturatingAssign,
  MinusSaturatingAssign,
  ShiftLeftAssign,
  AndAssign,
  OrAssign,
  XorAssign,
  Plus,
  Minus,
  Multiply,
  Divide,
  Modulo,
  PlusSaturating,
  MinusSaturating,
  ShiftLeft,
  PlusPlus,
  And,
  Or,
  Xor,
  Tilde,
  AndAnd,
  OrOr,
  Mask,
  Not,
  Dot,
  Range,
  Dots,
  Comma,
  Semicolon,
  Colon,
  Question,
  At,
  Underscore,
};

struct Token {
  TokenKind kind = TokenKind::End;
  uint8_t which = 0;      // of a Keyword or Symbol: its enumerator
  std::string_view text;  // in the SourceText
  SourceRange where;

  [[nodiscard]] bool is(Symbol symbol) const noexcept {
    return kind == TokenKind::Symbol && which == static_cast<uint8_t>(symbol);
  }
  [[nodiscard]] bool is(Keyword keyword) const noexcept {
    return kind == TokenKind::Keyword && which == static_cast<uint8_t>(keyword);
  }
};

// As it is written: `header_union`, `|+|=`.
std::string_view to_text(Keyword keyword) noexcept;
std::string_view to_text(Symbol symbol) noexcept;

}  // namespace outrigger::p4
