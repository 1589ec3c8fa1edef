// The look at directives: with Clang's lexer, so that comments, strings and continued lines are found where Clang finds
// them. Where the preprocessor lexes otherwise than here (names of files between < and >, and the texts of #error and
// #warning, know no comments), a comment that would end elsewhere for the two is refused: after it, a directive could
// hide.
#include "p4/preprocessor/directive_scan.h"

#include "p4/limits.h"

#include <clang/Basic/SourceLocation.h>
#include <clang/Lex/Lexer.h>
#include <clang/Lex/Token.h>
#include <fmt/format.h>
#include <llvm/ADT/SmallString.h>

#include <algorithm>
#include <utility>

namespace outrigger::p4 {

namespace {

class DirectiveScan {
 public:
  DirectiveScan(llvm::StringRef text, const clang::LangOptions& language)
      : text_(text), lexer_(clang::SourceLocation(), language, text.begin(), text.begin(), text.end()) {}

  std::optional<DirectiveFault> run() {
    next();
    while (!fault_ && token_.isNot(clang::tok::eof)) {
      if (is_conflict()) {
        directive_ = begin();
        fail("here two versions of the file were merged and left a conflict", "keep one of the two versions");
      } else if (token_.is(clang::tok::hash) && token_.isAtStartOfLine()) {
        directive_ = begin();
        next();
        if (is_in_line()) {
          directive();
        }
      } else {
        next();
      }
    }
    return std::move(fault_);
  }

 private:
  void next() { lexer_.LexFromRawLexer(token_); }
  [[nodiscard]] uint32_t begin() { return lexer_.getCurrentBufferOffset() - token_.getLength(); }
  [[nodiscard]] bool is_in_line() const { return token_.isNot(clang::tok::eof) && !token_.isAtStartOfLine(); }
  // The text of the token, with the line breaks that were escaped taken out.
  [[nodiscard]] std::string spelling() {
    if (!token_.needsCleaning()) {
      return text_.substr(begin(), token_.getLength()).str();
    }
    std::string result;
    for (const char character : text_.substr(begin(), token_.getLength())) {
      if (character != '\\' && character != '\r' && character != '\n') {
        result += character;
      }
    }
    return result;
  }
  // What is left of the line as it is written, behind the token, with the lines that it is continued on.
  [[nodiscard]] llvm::StringRef rest_of_line() {
    const llvm::StringRef rest = text_.substr(lexer_.getCurrentBufferOffset());
    size_t end = rest.find('\n');
    while (end != llvm::StringRef::npos && rest.substr(0, end).rtrim().ends_with("\\")) {
      end = rest.find('\n', end + 1);
    }
    return rest.substr(0, end);
  }
  void skip_line() {
    while (is_in_line()) {
      next();
    }
  }
  void fail(std::string what, std::string remedy) {
    const size_t length = std::min(text_.substr(directive_).find_first_of("\r\n"), text_.size() - directive_);
    const auto end = static_cast<uint32_t>(directive_ + length);
    fault_ = DirectiveFault{directive_, end, std::move(what), std::move(remedy)};
  }

  // Clang skips the lines of such marks, and all of the second version, without a look at comments.
  [[nodiscard]] bool is_conflict() {
    if (!token_.isAtStartOfLine() || !token_.isOneOf(clang::tok::lessless, clang::tok::greatergreater)) {
      return false;
    }
    const llvm::StringRef rest = text_.substr(begin());
    return rest.starts_with("<<<<<<<") || (rest.starts_with(">>>> ") && rest.contains("<<<<\n"));
  }

  void directive() {
    const std::string name = token_.is(clang::tok::raw_identifier) ? spelling() : "";
    if (name == "if" || name == "elif") {
      condition();
    } else if (name == "define") {
      define();
    } else if (name == "include" || name == "include_next" || name == "import" || name == "__include_macros" ||
               name == "embed") {
      include();
    } else if (name == "error" || name == "warning") {
      message();
    } else {
      skip_line();
    }
  }

  // Counts in the text rather than in the tokens: what is a comment after < depends on macros.
  void condition() {
    const uint32_t first = begin();
    const llvm::StringRef line = rest_of_line();
    skip_line();
    const uint32_t end = token_.is(clang::tok::eof) ? static_cast<uint32_t>(text_.size()) : begin();
    const llvm::StringRef condition = text_.slice(first, end);
    uint32_t operators = 0;
    for (const char character : condition) {
      operators += llvm::StringRef("(!~-+?").contains(character) ? 1 : 0;
    }
    if (operators > condition_operators_max) {
      fail(fmt::format("the condition has more than {} parentheses and operators", condition_operators_max),
           "split it into several directives");
    }
    if (line.contains('<') && leaves_comment_open(line.substr(line.find('<')))) {
      fail("a comment is open at the end of a condition with '<'", "put the comment on lines of its own");
    }
  }

  void define() {
    next();  // the macro
    next();
    if (!is_in_line() || token_.isNot(clang::tok::l_paren) || token_.hasLeadingSpace()) {
      skip_line();
      return;
    }
    uint32_t tokens = 0;
    while (is_in_line() && token_.isNot(clang::tok::r_paren) && tokens <= 2 * macro_parameters_max) {
      next();
      ++tokens;
    }
    if (tokens > 2 * macro_parameters_max) {
      fail(fmt::format("the macro has more than {} parameters", macro_parameters_max), "give it fewer");
    }
    skip_line();
  }

  void include() {
    const llvm::StringRef line = rest_of_line();
    if (line.contains('<')) {
      const llvm::StringRef name =
          line.substr(line.find('<')).take_until([](char character) { return character == '>'; });
      const bool ends_elsewhere = name.contains("//") || name.find_first_of("\"'\\") != llvm::StringRef::npos;
      if (name.contains("/*") || (ends_elsewhere && line.contains("/*"))) {
        fail("the name of the file holds a comment", "name the file plainly, and put the comment on a line of its own");
      }
    }
    skip_line();
  }

  void message() {
    if (leaves_comment_open(rest_of_line())) {
      fail("a comment is open at the end of the message", "end it on this line");
    }
    skip_line();
  }

  // Counts what stands in strings as well: what is one is not certain here.
  static bool leaves_comment_open(llvm::StringRef line) {
    for (size_t opened = line.find("/*"); opened != llvm::StringRef::npos; opened = line.find("/*")) {
      const size_t closed = line.find("*/", opened + 2);
      if (closed == llvm::StringRef::npos) {
        return true;
      }
      line = line.substr(closed + 2);
    }
    return false;
  }

  llvm::StringRef text_;
  clang::Lexer lexer_;
  clang::Token token_;
  uint32_t directive_ = 0;
  std::optional<DirectiveFault> fault_;
};

}  // namespace

std::optional<DirectiveFault> scan_directives(llvm::StringRef text, const clang::LangOptions& language) {
  return DirectiveScan(text, language).run();
}

}  // namespace outrigger::p4
