// The preprocessor: from the file of a program, and all that it includes, to one text with a map of places. Clang's own
// preprocessor, as for assembler files, does the work; nothing of Clang shows here.
#pragma once

#include "p4/diagnostics.h"
#include "p4/source_text.h"

#include <optional>
#include <string>
#include <vector>

namespace outrigger::p4 {

struct PreprocessorOptions {
  // Searched in order for `#include <…>` and `#include "…"`, before the files that ship with the compiler. For "…" the
  // folder of the including file comes first.
  std::vector<std::string> include_folders;
  std::vector<std::string> defines;    // NAME (which is 1 then), NAME=VALUE or NAME(PARAMETERS)=VALUE
  std::vector<std::string> undefines;  // NAME; after all defines
};

// The program in the file `path`, preprocessed. Nothing is predefined but what `options` say and `__p4__`, which is 16;
// __FILE__, __LINE__, __COUNTER__ and __has_include are as in C. Warnings are added to `diagnostics`; so are errors,
// and then there is no text: what stands behind a missing file or a wrong condition means nothing. They hold their
// places, and can be shown with an empty SourceText. Blocks on files; any thread.
[[nodiscard]] std::optional<SourceText> preprocess(const std::string& path, const PreprocessorOptions& options,
                                                   Diagnostics& diagnostics);

// The same for a text in memory, which counts as a file of this name: `#include "…"` looks beside it.
[[nodiscard]] std::optional<SourceText> preprocess_text(const std::string& name, const std::string& text,
                                                        const PreprocessorOptions& options, Diagnostics& diagnostics);

}  // namespace outrigger::p4
