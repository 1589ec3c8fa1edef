// runner.h: runs a script over an engine and says whether what came of it is what the script expects.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "stf/engine.h"
#include "stf/problem.h"
#include "stf/script.h"

namespace outrigger::stf {

struct Report {
  std::vector<Problem> failures;     // at most failures_max
  std::vector<std::string> remarks;  // what commands that read (`register_read` and others) have read
  size_t packets_sent = 0;
  size_t packets_expected = 0;
  size_t packets_received = 0;

  [[nodiscard]] bool has_passed() const { return failures.empty(); }
};

// Commands take effect one after the other: what a packet causes is over before a later command changes an entry.
// Packets are compared at the end, of each port in order, so that an `expect` may stand before or behind its `packet`.
// A command that fails is reported, and the run goes on.
[[nodiscard]] Report run_script(const Script& script, Engine& engine);

// The failures with their places in `file`, the remarks, and one line that says how it went.
[[nodiscard]] std::string to_text(const Report& report, std::string_view file);

}  // namespace outrigger::stf
