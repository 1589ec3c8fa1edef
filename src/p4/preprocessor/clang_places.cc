// ClangPlaces: see the header.
#include "p4/preprocessor/clang_places.h"

#include <clang/Lex/Lexer.h>

#include <string>

namespace outrigger::p4 {

uint32_t ClangPlaces::file(clang::FileID id) {
  if (const auto known = files_.find(id); known != files_.end()) {
    return known->second;
  }
  const clang::OptionalFileEntryRef entry = manager_.getFileEntryRefForID(id);
  std::string name = entry ? entry->getName().str() : "<command line>";
  while (name.starts_with("./")) {
    name.erase(0, 2);
  }
  const auto [by_name, is_new] = files_by_name_.try_emplace(name, 0);
  if (is_new) {
    by_name->second = text_.add_file(name, manager_.getBufferData(id).str());
  }
  files_[id] = by_name->second;
  return by_name->second;
}

std::optional<SourceText::Origin> ClangPlaces::origin(clang::SourceLocation location) {
  const clang::SourceLocation in_file = manager_.getFileLoc(location);
  if (in_file.isInvalid()) {
    return std::nullopt;
  }
  const auto [id, offset] = manager_.getDecomposedLoc(in_file);
  SourceText::Origin origin;
  origin.file = file(id);
  origin.begin = offset;
  origin.end = offset + clang::Lexer::MeasureTokenLength(in_file, manager_, language_);
  if (location.isMacroID()) {
    const clang::SourceLocation expansion = manager_.getExpansionLoc(location);
    if (expansion != last_expansion_) {
      const uint32_t length = clang::Lexer::MeasureTokenLength(expansion, manager_, language_);
      const llvm::StringRef name(manager_.getCharacterData(expansion), length);
      const auto [known, is_new] = macros_.try_emplace(name, 0);
      if (is_new) {
        known->second = text_.add_macro(name.str());
      }
      last_expansion_ = expansion;
      last_macro_ = known->second;
    }
    origin.macro = last_macro_;
  }
  return origin;
}

Place ClangPlaces::place(clang::SourceLocation location) {
  const auto at = origin(location);
  return at ? text_.place_in_file(at->file, at->begin, at->end) : Place{};
}

Place ClangPlaces::place(clang::CharSourceRange range) {
  const auto begin = origin(range.getBegin());
  const auto end = origin(range.getEnd());
  const bool is_range = range.getBegin().isFileID() && range.getEnd().isFileID() && begin && end &&
                        begin->file == end->file && begin->begin < end->begin;
  return is_range ? text_.place_in_file(begin->file, begin->begin, end->begin) : place(range.getBegin());
}

}  // namespace outrigger::p4
