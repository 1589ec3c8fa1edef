// Brake: see the header. Clang has no way to stop its preprocessor but to run out of text.
#include "p4/preprocessor/brake.h"

#include <clang/Lex/Lexer.h>

namespace outrigger::p4 {

void Brake::pull() {
  is_pulled_ = true;
  repeat();
}

void Brake::repeat() {
  if (!is_pulled_) {
    return;
  }
  preprocessor_.SetMacroExpansionOnlyInDirectives();
  // Every PreprocessorLexer that reads a file is a Lexer.
  if (auto* lexer = static_cast<clang::Lexer*>(preprocessor_.getCurrentFileLexer())) {
    lexer->seek(static_cast<unsigned>(lexer->getBuffer().size()), false);
  }
}

void Brake::empty(clang::MacroInfo& macro) {
  // The tokens lie in memory that Clang's preprocessor allocated for writing; nobody reads this macro's again.
  for (const clang::Token& token : macro.tokens()) {
    auto& erased = const_cast<clang::Token&>(token);
    erased.setKind(clang::tok::unknown);
    erased.setIdentifierInfo(nullptr);
  }
}

}  // namespace outrigger::p4
