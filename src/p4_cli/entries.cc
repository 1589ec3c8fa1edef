// entries.cc: an STF script without packets.
#include "p4_cli/entries.h"

#include <fmt/format.h>

#include "p4/diagnostics.h"
#include "p4_target/run_stf.h"
#include "p4_target/stf_engine.h"
#include "stf/problem.h"
#include "stf/runner.h"
#include "stf/script.h"

namespace outrigger::p4_cli {
namespace {

bool is_about_packets(const stf::AnyCommand& command) {
  return std::holds_alternative<stf::Packet>(command) || std::holds_alternative<stf::Expect>(command) ||
         std::holds_alternative<stf::NoPacket>(command);
}

}  // namespace

Result<std::string> run_entries(const std::string& path, p4_target::Target& target) {
  OR_ASSIGN(const stf::Script script, p4_target::read_script_file(path));
  const std::string name = p4::printable(path);
  for (const stf::Command& command : script.commands) {
    if (is_about_packets(command.command)) {
      const stf::Problem problem{.line = command.line,
                                 .column = 0,
                                 .what = "packets come from --in: no packet, expect or no_packet here",
                                 .remedy = "`outrigger p4 test` runs scripts with packets."};
      return fail(Code::InvalidArgument, "{}", stf::to_text(problem, name));
    }
  }
  p4_target::StfEngine engine(target);
  const stf::Report report = stf::run_script(script, engine);
  std::string text;
  for (const stf::Problem& failure : report.failures) {
    text += stf::to_text(failure, name);
  }
  if (!report.has_passed()) {
    return fail(Code::InvalidArgument, "{}", text);
  }
  for (const std::string& remark : report.remarks) {
    text += fmt::format("{}: {}\n", name, remark);
  }
  return text;
}

}  // namespace outrigger::p4_cli
