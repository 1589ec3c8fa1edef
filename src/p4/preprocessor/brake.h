// Brake: brings Clang's preprocessor to an end before the end of the text, from inside one of its callbacks too.
#pragma once

#include <clang/Lex/MacroInfo.h>
#include <clang/Lex/Preprocessor.h>

namespace outrigger::p4 {

class Brake {
 public:
  explicit Brake(clang::Preprocessor& preprocessor) : preprocessor_(preprocessor) {}

  // Nothing more is read or expanded. What was begun comes to its end soon; its diagnostics mean nothing any more. Not
  // to be called while Clang's lexer is inside a token.
  void pull();
  // The same from inside a token: the end comes with the next repeat().
  void pull_later() noexcept { is_pulled_ = true; }
  [[nodiscard]] bool is_pulled() const noexcept { return is_pulled_; }
  // To be called at every callback between tokens: each file has its own end.
  void repeat();
  // Takes what makes work out of a macro whose expansion has begun and cannot be called off: each of its tokens stands
  // for nothing now, and it has no place for an argument.
  static void empty(clang::MacroInfo& macro);

 private:
  clang::Preprocessor& preprocessor_;
  bool is_pulled_ = false;
};

}  // namespace outrigger::p4
