// Hands over to outrigger-p4. A program of its own: LLVM takes longer to load than most commands take to run.
#include "cli/p4.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace outrigger::cli {
namespace {

constexpr int exit_cannot_run = 1;

}  // namespace

int become_p4_tools(char** arguments) {
  constexpr const char* program = "outrigger-p4";
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::string beside = (self.parent_path() / program).string();
    execv(beside.c_str(), arguments);
  }
  execvp(program, arguments);
  std::fprintf(stderr, "outrigger: cannot run %s: %s; it is installed beside outrigger\n", program,
               std::strerror(errno));
  return exit_cannot_run;
}

}  // namespace outrigger::cli
