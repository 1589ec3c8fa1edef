// stf_test.cc: every program of a folder with the packet scripts of its name, over each engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "p4_target/run_stf.h"

namespace outrigger::p4_target {
namespace {

std::vector<std::string> scripts() {
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::directory_iterator(OUTRIGGER_STF_FOLDER)) {
    if (file.path().extension() == ".stf") {
      paths.push_back(file.path().string());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

// A script NAME.stf belongs to NAME.p4; NAME-2.stf too.
std::string program_of(const std::string& script) {
  const std::filesystem::path path(script);
  const std::string stem = path.stem().string();
  return (path.parent_path() / (stem.substr(0, stem.find('-')) + ".p4")).string();
}

class PacketScript : public testing::TestWithParam<std::string> {};

void run(const std::string& script, EngineKind engine, StfEngine::Arrival arrival = StfEngine::Arrival::OneByOne) {
  const Result<stf::Report> report = run_stf(program_of(script), {}, script, engine, arrival);
  ASSERT_TRUE(report.has_value()) << report.error().what;
  EXPECT_TRUE(report->has_passed()) << stf::to_text(*report, script);
  EXPECT_GT(report->packets_sent, 0U);
}

TEST_P(PacketScript, passes) { run(GetParam(), EngineKind::Interpreter); }

TEST_P(PacketScript, passes_natively) { run(GetParam(), EngineKind::Native); }

TEST_P(PacketScript, passes_in_bursts) { run(GetParam(), EngineKind::Native, StfEngine::Arrival::InBursts); }

INSTANTIATE_TEST_SUITE_P(Stf, PacketScript, testing::ValuesIn(scripts()), [](const auto& script) {
  std::string name = std::filesystem::path(script.param).stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace outrigger::p4_target
