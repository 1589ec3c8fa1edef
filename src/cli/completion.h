// Shell completion scripts: `outrigger completion bash|zsh|fish`.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace outrigger::cli {

// A script that completes verbs, kinds and, by asking the daemon, names.
Result<std::string> completion_script(std::string_view shell);

}  // namespace outrigger::cli
