// A look at a file's directives before Clang reads them, for what Clang's preprocessor cannot bear: it recurses on each
// parenthesis and operator of a condition, and compares each parameter of a macro with all others.
#pragma once

#include <clang/Basic/LangOptions.h>
#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <optional>
#include <string>

namespace outrigger::p4 {

struct DirectiveFault {
  uint32_t begin = 0;  // bytes of the text
  uint32_t end = 0;
  std::string what;
  std::string remedy;
};

// The first directive of the text that must not be given to Clang. `text` ends with a zero byte that it does not count.
[[nodiscard]] std::optional<DirectiveFault> scan_directives(llvm::StringRef text, const clang::LangOptions& language);

}  // namespace outrigger::p4
