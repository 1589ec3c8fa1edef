// failing_scripts_test.cc: scripts that have to fail, each at the lines that say so and nowhere else.
//
// A line whose last comment is `# error: TEXT` fails with a message that has the text in it; what a line
// `# error at the end: TEXT` announces has no line. NAME-MORE.stf is for NAME.p4.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "p4_target/run_stf.h"

namespace outrigger::p4_target {
namespace {

struct Expected {
  uint32_t line = 0;  // 0: none
  std::string text;
};

std::vector<Expected> expected_failures(const std::string& script) {
  constexpr std::string_view of_line = "# error: ";
  constexpr std::string_view at_end = "# error at the end: ";
  std::vector<Expected> expected;
  std::ifstream file(script);
  std::string text;
  for (uint32_t line = 1; std::getline(file, text); ++line) {
    if (const size_t at = text.find(of_line); at != std::string::npos) {
      expected.push_back({.line = line, .text = text.substr(at + of_line.size())});
    } else if (text.starts_with(at_end)) {
      expected.push_back({.line = 0, .text = text.substr(at_end.size())});
    }
  }
  return expected;
}

bool is_as_expected(const stf::Problem& failure, const Expected& expected) {
  return failure.line == expected.line &&
         (failure.what + "\n" + failure.remedy).find(expected.text) != std::string::npos;
}

std::vector<std::string> scripts() {
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::directory_iterator(OUTRIGGER_FAILING_SCRIPTS)) {
    if (file.path().extension() == ".stf") {
      paths.push_back(file.path().string());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

class FailingScript : public testing::TestWithParam<std::string> {};

void run(const std::string& script, EngineKind engine) {
  const std::filesystem::path path(script);
  const std::string stem = path.stem().string();
  const std::string program = (path.parent_path() / (stem.substr(0, stem.find('-')) + ".p4")).string();
  const Result<stf::Report> report = run_stf(program, {}, script, engine);
  ASSERT_TRUE(report.has_value()) << report.error().what;
  std::vector<Expected> expected = expected_failures(script);
  ASSERT_FALSE(expected.empty());
  for (const stf::Problem& failure : report->failures) {
    const auto found =
        std::ranges::find_if(expected, [&](const Expected& one) { return is_as_expected(failure, one); });
    if (found == expected.end()) {
      ADD_FAILURE() << "not expected: " << stf::to_text(failure, script);
    } else {
      expected.erase(found);
    }
  }
  for (const Expected& missing : expected) {
    ADD_FAILURE() << script << ":" << missing.line << ": this did not fail: " << missing.text;
  }
}

TEST_P(FailingScript, fails) { run(GetParam(), EngineKind::Interpreter); }

TEST_P(FailingScript, fails_natively) { run(GetParam(), EngineKind::Native); }

INSTANTIATE_TEST_SUITE_P(Stf, FailingScript, testing::ValuesIn(scripts()), [](const auto& script) {
  std::string name = std::filesystem::path(script.param).stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace outrigger::p4_target
