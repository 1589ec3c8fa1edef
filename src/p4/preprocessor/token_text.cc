// TokenText: see the header. What stands between two tokens of a file keeps its length, with comments and directives
// blanked, so that most of a program stays one segment.
#include "p4/preprocessor/token_text.h"

#include "p4/limits.h"

#include <clang/Lex/Lexer.h>
#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>

#include <string_view>

namespace outrigger::p4 {

namespace {

// Longer comments and skipped parts are left out rather than blanked.
constexpr uint32_t gap_bytes_max = 1024;

bool is_of_word(char character) {
  return llvm::isAlnum(character) || character == '_' || (static_cast<uint8_t>(character) & 0x80U) != 0;
}

// May the two, side by side, begin or end another token than apart?
bool may_glue(char last, char first) {
  const auto stands_alone = [](char character) { return llvm::StringRef("()[]{};,\"").contains(character); };
  return is_of_word(last) == is_of_word(first) && !stands_alone(last) && !stands_alone(first);
}

// The directive that a misspelt one was meant to be; empty: none.
std::string_view nearest_directive(llvm::StringRef name) {
  constexpr unsigned letters_wrong_max = 2;
  for (const llvm::StringRef known : {"include", "define", "undef", "ifdef", "ifndef", "elif", "else", "endif", "error",
                                      "warning", "line", "pragma"}) {
    const unsigned wrong_max = known.size() > 5 ? letters_wrong_max : 1;
    if (name.edit_distance(known, /*AllowReplacements=*/true, wrong_max) <= wrong_max) {
      return known;
    }
  }
  return {};
}

}  // namespace

void TokenText::write_all() {
  next();
  while (!is_at_end()) {
    if (token_.is(clang::tok::hash) && token_.isAtStartOfLine() && token_.getLocation().isFileID()) {
      directive();
      continue;
    }
    if (!token_.isAnnotation()) {
      write();
      if (!is_within_limits()) {
        return;
      }
    }
    next();
  }
}

// A directive that Clang does not know. Line marks of another preprocessor are nothing to us: places are our own.
// Programs have remarks that begin with '#', and statements that were taken out so; other compilers skip them.
void TokenText::directive() {
  const clang::SourceLocation hash = token_.getLocation();
  next();
  if (!is_at_end() && !token_.isAtStartOfLine() && token_.isNot(clang::tok::numeric_constant)) {
    const std::string name = parts_.preprocessor.getSpelling(token_).substr(0, shown_message_bytes_max);
    const auto range = clang::CharSourceRange::getCharRange(hash);
    if (const std::string_view meant = nearest_directive(name); !meant.empty()) {
      parts_.bridge.error(range, fmt::format("there is no directive '#{}'", name), fmt::format("write #{}", meant));
    } else {
      parts_.bridge.warning("directive", range, fmt::format("'#{}' is no directive: the line is skipped", name),
                            "begin remarks with //");
    }
  }
  while (!is_at_end() && !token_.isAtStartOfLine()) {
    next();
  }
}

bool TokenText::is_within_limits() {
  if (++tokens_ > tokens_max) {
    parts_.bridge.fail(token_.getLocation(), fmt::format("the program has more than {} tokens", tokens_max),
                       "split it into smaller programs");
    return false;
  }
  return true;
}

void TokenText::write() {
  if (parts_.text.text().size() + token_.getLength() + gap_bytes_max > preprocessed_bytes_max) {
    parts_.bridge.fail(token_.getLocation(),
                       fmt::format("the preprocessed program has more than {} MiB", preprocessed_bytes_max >> 20U),
                       "include fewer files, or each only once");
  } else if (token_.getLocation().isFileID()) {
    write_token_of_file();
  } else {
    write_token_of_macro();
  }
}

void TokenText::find_file(clang::SourceLocation location) {
  if (location.getRawEncoding() - file_.first_location < file_.text.size() && file_.id.isValid()) {
    return;
  }
  file_.id = manager_.getFileID(location);
  file_.first_location = manager_.getLocForStartOfFile(file_.id).getRawEncoding();
  file_.text = manager_.getBufferData(file_.id);
  file_.number = parts_.places.file(file_.id);
  is_last_of_file_ = false;
}

void TokenText::write_token_of_file() {
  const clang::SourceLocation location = token_.getLocation();
  find_file(location);
  const uint32_t begin = location.getRawEncoding() - file_.first_location;
  const uint32_t end = begin + token_.getLength();
  const llvm::StringRef text = file_.text.slice(begin, end);
  if (is_last_of_file_ && begin >= last_file_end_ && begin - last_file_end_ <= gap_bytes_max) {
    write_gap_of_file(begin);
  } else {
    write_separator(text, location);
  }
  if (!token_.needsCleaning()) {
    parts_.text.append_verbatim(text, file_.number, begin);
  } else {  // its line was continued within it
    spelling_.clear();
    parts_.text.append_made(parts_.preprocessor.getSpelling(token_, spelling_), {file_.number, begin, end, 0});
  }
  is_last_of_file_ = true;
  last_file_end_ = end;
  last_end_ = location.getLocWithOffset(static_cast<int>(token_.getLength()));
}

void TokenText::write_token_of_macro() {
  const clang::SourceLocation location = token_.getLocation();
  const clang::SourceLocation spelled = manager_.getSpellingLoc(location);
  spelling_.clear();
  const llvm::StringRef text = parts_.preprocessor.getSpelling(token_, spelling_);
  write_separator(text, spelled);
  if (const auto origin = parts_.places.origin(location)) {
    parts_.text.append_made(text, *origin);
  }
  is_last_of_file_ = false;
  last_end_ = spelled.getLocWithOffset(static_cast<int>(token_.getLength()));
}

// What stands between the token before and this one, where both are of one file.
void TokenText::write_gap_of_file(uint32_t begin) {
  const llvm::StringRef between = file_.text.slice(last_file_end_, begin);
  const bool is_new_line = token_.isAtStartOfLine();
  gap_.assign(between.begin(), between.end());
  for (char& character : gap_) {
    const bool is_kept = character == '\t' || (character == '\n' && is_new_line);
    character = is_kept ? character : ' ';
  }
  if (is_new_line && !gap_.empty() && gap_.find('\n') == std::string::npos) {
    gap_.back() = '\n';  // lines that end with a carriage return only
  }
  parts_.text.append_verbatim(gap_, file_.number, last_file_end_);
}

// Elsewhere: what keeps the tokens apart. Neighbours must not become one that nobody wrote; what was written as one
// stays together, as Clang reads &&& as && and &.
void TokenText::write_separator(llvm::StringRef token, clang::SourceLocation spelled) {
  const std::string_view before = parts_.text.text();
  if (before.empty() || token.empty()) {
    return;
  }
  if (token_.isAtStartOfLine()) {
    parts_.text.append_blank("\n");
  } else if (token_.hasLeadingSpace() || (spelled != last_end_ && may_glue(before.back(), token.front()))) {
    parts_.text.append_blank(" ");
  }
}

}  // namespace outrigger::p4
