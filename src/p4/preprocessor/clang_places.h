// ClangPlaces: from Clang's source locations to the files and offsets of a SourceText.
#pragma once

#include "p4/source_text.h"

#include <clang/Basic/LangOptions.h>
#include <clang/Basic/SourceLocation.h>
#include <clang/Basic/SourceManager.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringMap.h>

#include <cstdint>
#include <optional>

namespace outrigger::p4 {

class ClangPlaces {
 public:
  // All are borrowed.
  ClangPlaces(const clang::SourceManager& manager, const clang::LangOptions& language, SourceText& text)
      : manager_(manager), language_(language), text_(text) {}

  // The number of the file in the SourceText, where it is added when it is met for the first time.
  uint32_t file(clang::FileID id);
  // The token in a file that stands for this location: the token itself; of a macro's argument, the argument; of what a
  // macro holds, the macro's name where it is used. None: the location is invalid.
  std::optional<SourceText::Origin> origin(clang::SourceLocation location);
  Place place(clang::SourceLocation location);
  // Of a range of characters from one place of a file to another.
  Place place(clang::CharSourceRange range);

 private:
  const clang::SourceManager& manager_;
  const clang::LangOptions& language_;
  SourceText& text_;
  llvm::DenseMap<clang::FileID, uint32_t> files_;
  llvm::StringMap<uint32_t> files_by_name_;
  llvm::StringMap<uint32_t> macros_;
  // Many tokens in a row come from one expansion.
  clang::SourceLocation last_expansion_;
  uint32_t last_macro_ = 0;
};

}  // namespace outrigger::p4
