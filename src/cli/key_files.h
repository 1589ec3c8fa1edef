// Files with secrets: read, and made for their owner alone. No secret is ever an argument, which a list of processes
// would show.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace outrigger::cli {

// All of a file that holds a secret, "-": of standard input; at most 4 KiB. Errors name `option` and hold nothing of
// it. Says on standard error when others may read the file.
Result<std::string> read_secret(std::string_view option, const std::string& path);
// A key that is one line of text, without its end; no path: an empty one.
Result<std::string> read_key_line(std::string_view option, const std::string& path);
// Makes the file, for its owner alone; one that is there is an error and stays as it is.
Result<> write_secret(std::string_view option, const std::string& path, std::string_view text);

}  // namespace outrigger::cli
