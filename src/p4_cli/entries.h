// entries.h: the state that packets meet, from an STF script without packets.
#pragma once

#include <string>

#include "base/result.h"
#include "p4_target/target.h"

namespace outrigger::p4_cli {

// Runs the script's commands for tables, clone sessions, multicast, registers and meters, and gives what those that
// read have read, ready to be printed. Errors hold all that is wrong with the script, with its places; `packet`,
// `expect` and `no_packet` are errors too.
Result<std::string> run_entries(const std::string& path, p4_target::Target& target);

}  // namespace outrigger::p4_cli
