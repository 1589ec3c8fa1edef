// Brake: brings Clang's preprocessor to an end before the end of the text, from inside one of its callbacks too.
#pragma once

#include <clang/Lex/MacroInfo.h>
#include <clang/Lex/Preprocessor.h>

namespace outrigger::p4 {

class Brake {
 public:
  explicit Brake(clang::Preprocessor& preprocessor) : preprocessor_(preprocessor) {}

  // Nothing more is read or expanded. What was begun comes to its end soon; its diagnostics mean nothing any more.
  void pull();
  [[nodiscard]] bool is_pulled() const noexcept { return is_pulled_; }
  // To be called when the preprocessor goes back to a file: each has its own end.
  void repeat();
  // Takes what makes work out of a macro whose expansion has begun and cannot be called off: each of its tokens stands
  // for nothing now, and it has no place for an argument.
  static void empty(clang::MacroInfo& macro);

 private:
  clang::Preprocessor& preprocessor_;
  bool is_pulled_ = false;
};

}  // namespace outrigger::p4
