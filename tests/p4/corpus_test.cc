// The corpus of programs by section of the specification (docs/conformance/p4-16.md).
//
// accept/: no error; one with a `main` lowers, and what it lowers to keeps its own rules. reject/: the first error
// stands in the line that ends in `// error`, and all that is said is as golden/NAME.txt has it.
// OUTRIGGER_UPDATE_GOLDEN=1 writes those files instead: read the difference before it is committed.
#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "p4/front.h"
#include "p4_ir/lower.h"
#include "p4_ir/verifier.h"

namespace outrigger {
namespace {

const std::filesystem::path corpus = OUTRIGGER_P4_CORPUS;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> programs(const char* folder) {
  std::vector<std::filesystem::path> found;
  // Not std::filesystem's iterator: LLVM's library, made without RTTI, has the same weak symbols, which UBSan takes for
  // faults.
  DIR* directory = opendir((corpus / folder).c_str());
  if (directory == nullptr) {
    return found;
  }
  while (const dirent* entry = readdir(directory)) {
    const std::filesystem::path name = entry->d_name;
    if (name.extension() == ".p4") {
      found.push_back(corpus / folder / name);
    }
  }
  closedir(directory);
  std::sort(found.begin(), found.end());
  return found;
}

// As it is called from the corpus's folder, so that what is said does not depend on where that is.
std::unique_ptr<p4::Compilation> compile(const std::filesystem::path& path) {
  return p4::compile_front_text(path.filename().string(), read(path), {});
}

// The line that ends in `// error`; 0 when there is none.
uint32_t marked_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  for (uint32_t number = 1; std::getline(file, line); ++number) {
    if (line.ends_with("// error")) {
      return number;
    }
  }
  return 0;
}

uint32_t line_of(const p4::Diagnostic& diagnostic, const p4::SourceText& source) {
  return diagnostic.place.has_value() ? diagnostic.place->line : source.place(diagnostic.where).line;
}

TEST(P4Corpus, accepted_programs_compile_and_lower) {
  const auto all = programs("accept");
  ASSERT_GT(all.size(), 150U);
  for (const auto& path : all) {
    SCOPED_TRACE("outrigger p4 check " + path.string());
    const auto compilation = compile(path);
    EXPECT_TRUE(compilation->is_good()) << p4::to_text(compilation->diagnostics, compilation->source);
    if (!compilation->is_good() || compilation->program.main == nullptr) {
      continue;
    }
    const auto program = p4_ir::lower(*compilation);
    EXPECT_NE(program, nullptr) << p4::to_text(compilation->diagnostics, compilation->source);
    if (program != nullptr) {
      EXPECT_EQ(p4_ir::verify(*program), std::vector<std::string>{});
    }
  }
}

TEST(P4Corpus, refused_programs_say_what_is_wrong_and_where) {
  const bool updates = std::getenv("OUTRIGGER_UPDATE_GOLDEN") != nullptr;
  const auto all = programs("reject");
  ASSERT_GT(all.size(), 500U);
  for (const auto& path : all) {
    SCOPED_TRACE("outrigger p4 check " + path.string());
    const auto compilation = compile(path);
    ASSERT_NE(marked_line(path), 0U) << "no line ends in `// error`";
    if (compilation->is_good()) {
      ADD_FAILURE() << "accepted";
      continue;
    }
    const auto& said = compilation->diagnostics.all();
    const auto first =
        std::find_if(said.begin(), said.end(), [](const auto& d) { return d.severity == p4::Severity::Error; });
    ASSERT_NE(first, said.end());
    EXPECT_EQ(line_of(*first, compilation->source), marked_line(path));
    const std::string text = p4::to_text(compilation->diagnostics, compilation->source);
    const auto golden = corpus / "golden" / path.filename().replace_extension(".txt");
    if (updates) {
      std::filesystem::create_directories(golden.parent_path());
      std::ofstream(golden, std::ios::binary) << text;
    }
    EXPECT_EQ(text, read(golden)) << "OUTRIGGER_UPDATE_GOLDEN=1 writes " << golden;
  }
}

}  // namespace
}  // namespace outrigger
