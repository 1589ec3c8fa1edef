// run_stf.cc: from two files to a report.
#include "p4_target/run_stf.h"

#include <fstream>

#include "p4/front.h"
#include "p4_ir/lower.h"
#include "p4_target/device_rules.h"
#include "p4_target/stf_engine.h"
#include "stf/limits.h"
#include "stf/problem.h"
#include "stf/reader.h"

namespace outrigger::p4_target {
namespace {

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(Code::NotFound, "cannot read {}", path);
  }
  std::string text;
  char part[1 << 16];
  while (file.read(part, sizeof part) || file.gcount() > 0) {
    text.append(part, static_cast<size_t>(file.gcount()));
    if (text.size() > stf::script_bytes_max) {
      return fail(Code::ResourceExhausted, "{} is longer than {} bytes", path, stf::script_bytes_max);
    }
  }
  return text;
}

}  // namespace

Result<stf::Script> read_script_file(const std::string& path) {
  OR_ASSIGN(const std::string text, read_text(path));
  stf::Reading reading = stf::read_script(text);
  if (reading.errors.empty()) {
    return std::move(reading.script);
  }
  std::string what;
  for (const stf::Problem& problem : reading.errors) {
    what += stf::to_text(problem, path);
  }
  return fail(Code::InvalidArgument, "{}", what);
}

Result<stf::Report> run_stf(const std::string& program_path, const p4::PreprocessorOptions& options,
                            const std::string& script_path, EngineKind engine_kind, StfEngine::Arrival arrival) {
  const auto compilation = p4::compile_front(program_path, options);
  const auto program = compilation->is_good() ? p4_ir::lower(*compilation) : nullptr;
  if (program == nullptr || !check_device_rules(*program, compilation->diagnostics)) {
    return fail(Code::InvalidArgument, "{}", p4::to_text(compilation->diagnostics, compilation->source));
  }
  OR_ASSIGN(const stf::Script script, read_script_file(script_path));
  OR_ASSIGN(const EngineFactory factory, engine_factory(*program, engine_kind));
  OR_ASSIGN(const auto target, make_target(*program, factory));
  if (arrival == StfEngine::Arrival::InBursts) {
    (void)target->prepare_bursts();  // of what does not go in bursts, all packets are slow
  }
  StfEngine engine(*target, arrival);
  stf::Report report = stf::run_script(script, engine);
  for (const std::string& line : target->log().lines()) {
    if (report.remarks.size() < stf::remarks_max) {
      report.remarks.push_back(line);
    }
  }
  return report;
}

}  // namespace outrigger::p4_target
