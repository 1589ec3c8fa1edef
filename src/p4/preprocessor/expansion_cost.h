// ExpansionCost: what the expansion of a macro is going to cost Clang, in bytes and in recursion, known before it
// begins: a few lines can ask for more tokens than any machine holds.
#pragma once

#include <clang/Lex/MacroArgs.h>
#include <clang/Lex/MacroInfo.h>
#include <clang/Lex/Preprocessor.h>

#include <cstdint>
#include <vector>

namespace outrigger::p4 {

class ExpansionCost {
 public:
  explicit ExpansionCost(clang::Preprocessor& preprocessor) : preprocessor_(preprocessor) {}

  // Adds what this expansion costs. Expands the arguments where that is going to happen anyway, so that it is called
  // again from inside. False: too much, and the expansion must not take place.
  [[nodiscard]] bool add(const clang::MacroInfo& macro, clang::MacroArgs* arguments);
  [[nodiscard]] bool is_too_deep() const noexcept { return is_too_deep_; }
  // Tokens that were inserted since begin_condition().
  [[nodiscard]] uint64_t tokens() const noexcept { return tokens_; }
  void begin_condition() noexcept { tokens_ = 0; }

 private:
  // Of one argument: what inserting it once costs, as it was written and when it was expanded.
  struct Argument {
    uint64_t tokens = 0;
    uint64_t bytes = 0;
    bool is_expanded = false;
  };
  [[nodiscard]] bool spend(uint64_t tokens, uint64_t bytes) noexcept;
  [[nodiscard]] static Argument measure(const clang::Token* tokens);
  [[nodiscard]] bool expand(Argument& argument, unsigned number, clang::MacroArgs& arguments);
  [[nodiscard]] bool add_tokens(const clang::MacroInfo& macro, clang::MacroArgs* arguments);

  clang::Preprocessor& preprocessor_;
  uint64_t spent_ = 0;
  uint64_t tokens_ = 0;
  uint32_t depth_ = 0;
  bool is_too_deep_ = false;
};

}  // namespace outrigger::p4
