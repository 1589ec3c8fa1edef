// TokenText: writes the tokens that Clang's preprocessor gives as the text of a SourceText, with what stood between
// them.
#pragma once

#include "p4/preprocessor/brake.h"
#include "p4/preprocessor/clang_places.h"
#include "p4/preprocessor/diagnostic_bridge.h"
#include "p4/source_text.h"

#include <clang/Lex/Preprocessor.h>
#include <clang/Lex/Token.h>
#include <llvm/ADT/SmallString.h>

#include <cstdint>
#include <string>

namespace outrigger::p4 {

class TokenText {
 public:
  // All are borrowed.
  struct Parts {
    clang::Preprocessor& preprocessor;
    ClangPlaces& places;
    DiagnosticBridge& bridge;
    Brake& brake;
    SourceText& text;
  };
  explicit TokenText(const Parts& parts)
      : parts_(parts), manager_(parts.preprocessor.getSourceManager()), language_(parts.preprocessor.getLangOpts()) {}

  // Until the end of the program, or until the brake is pulled.
  void write_all();

 private:
  void next() { parts_.preprocessor.Lex(token_); }
  [[nodiscard]] bool is_at_end() const { return token_.is(clang::tok::eof) || parts_.brake.is_pulled(); }
  void directive();
  void write();
  void write_token_of_file();
  void write_token_of_macro();
  void write_gap_of_file(uint32_t begin);
  void write_separator(llvm::StringRef token, clang::SourceLocation spelled);
  [[nodiscard]] bool is_within_limits();

  Parts parts_;
  const clang::SourceManager& manager_;
  const clang::LangOptions& language_;
  clang::Token token_;
  uint32_t tokens_ = 0;
  // The file that tokens come from now: Clang's locations in it begin here.
  struct File {
    clang::FileID id;
    uint32_t first_location = 0;
    llvm::StringRef text;
    uint32_t number = 0;  // in the SourceText
  };
  void find_file(clang::SourceLocation location);
  File file_;
  // Where the token before ends; last_file_end_: in file_, where it was one of it.
  clang::SourceLocation last_end_;
  bool is_last_of_file_ = false;
  uint32_t last_file_end_ = 0;
  std::string gap_;
  llvm::SmallString<64> spelling_;
};

}  // namespace outrigger::p4
