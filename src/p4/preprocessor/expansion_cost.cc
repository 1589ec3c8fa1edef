// ExpansionCost: see the header.
#include "p4/preprocessor/expansion_cost.h"

#include "p4/limits.h"

#include <clang/Basic/SourceManager.h>

#include <algorithm>

namespace outrigger::p4 {

bool ExpansionCost::spend(uint64_t tokens, uint64_t bytes) noexcept {
  tokens_ += tokens;
  // Each call adds less than 2^62, and none comes after the limit.
  spent_ += tokens * expansion_cost_token + bytes;
  return spent_ <= expansion_cost_max;
}

ExpansionCost::Argument ExpansionCost::measure(const clang::Token* tokens) {
  Argument argument;
  for (; tokens->isNot(clang::tok::eof); ++tokens) {
    ++argument.tokens;
    argument.bytes += tokens->isAnnotation() ? 1 : tokens->getLength();
  }
  return argument;
}

// The argument as Clang will insert it where neither # nor ## is beside it. Clang keeps it, so that it is expanded
// once.
bool ExpansionCost::expand(Argument& argument, unsigned number, clang::MacroArgs& arguments) {
  if (argument.is_expanded) {
    return true;
  }
  argument.is_expanded = true;
  if (!arguments.ArgNeedsPreexpansion(arguments.getUnexpArgument(number), preprocessor_)) {
    return true;
  }
  if (depth_ >= expansion_depth_max) {
    is_too_deep_ = true;
    return false;
  }
  ++depth_;
  const Argument expanded = measure(arguments.getPreExpArgument(number, preprocessor_).data());
  --depth_;
  argument.tokens = std::max(argument.tokens, expanded.tokens);
  argument.bytes = std::max(argument.bytes, expanded.bytes);
  return !is_too_deep_ && spent_ <= expansion_cost_max;
}

// Every use of an argument among the macro's tokens; and every ##, which copies all that its row holds so far.
bool ExpansionCost::add_tokens(const clang::MacroInfo& macro, clang::MacroArgs* arguments) {
  std::vector<Argument> measured;
  for (unsigned number = 0; arguments != nullptr && number < arguments->getNumMacroArguments(); ++number) {
    measured.push_back(measure(arguments->getUnexpArgument(number)));
    if (!spend(measured.back().tokens, measured.back().bytes)) {  // for having been read
      return false;
    }
  }
  const llvm::ArrayRef<clang::Token> tokens = macro.tokens();
  const auto is_at = [&](size_t at, clang::tok::TokenKind kind) { return at < tokens.size() && tokens[at].is(kind); };
  uint64_t row_operators = 0;
  uint64_t row_bytes = 0;
  for (size_t at = 0; at < tokens.size(); ++at) {
    if (tokens[at].is(clang::tok::hashhash)) {
      ++row_operators;
      continue;
    }
    const bool goes_on = at > 0 && is_at(at - 1, clang::tok::hashhash);
    if (!goes_on && !spend(0, row_operators * row_bytes)) {
      return false;
    }
    row_operators = goes_on ? row_operators : 0;
    row_bytes = goes_on ? row_bytes : 0;
    const clang::IdentifierInfo* name = tokens[at].isAnnotation() ? nullptr : tokens[at].getIdentifierInfo();
    const int number = name == nullptr ? -1 : macro.getParameterNum(name);
    if (number < 0 || static_cast<size_t>(number) >= measured.size()) {
      row_bytes += tokens[at].isAnnotation() ? 1 : tokens[at].getLength();
      continue;
    }
    Argument& argument = measured[static_cast<size_t>(number)];
    const bool stays_as_written =
        goes_on || (at > 0 && is_at(at - 1, clang::tok::hash)) || is_at(at + 1, clang::tok::hashhash);
    if (!stays_as_written && !expand(argument, static_cast<unsigned>(number), *arguments)) {
      return false;
    }
    if (!spend(argument.tokens, argument.bytes)) {
      return false;
    }
    row_bytes += argument.bytes;
  }
  return spend(0, row_operators * row_bytes);
}

bool ExpansionCost::add(const clang::MacroInfo& macro, clang::MacroArgs* arguments) {
  // __FILE__ gives a new string each time.
  constexpr uint64_t builtin_bytes = 1024;
  const uint64_t length =
      macro.isBuiltinMacro() ? builtin_bytes : macro.getDefinitionLength(preprocessor_.getSourceManager());
  return spend(macro.getNumTokens() + 1, length) && add_tokens(macro, arguments);
}

}  // namespace outrigger::p4
