// outrigger p4 info: P4Info, what the control plane needs to know of a program.
#include "p4_info/p4_info.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "p4_cli/load.h"

namespace outrigger::p4_cli {

int info(const std::string& program, InfoFormat format, const std::string& output, const SourceOptions& options) {
  const auto compilation = load(program, options);
  if (compilation == nullptr) {
    return exit_failed;
  }
  p4::InstanceTree tree(compilation->program, compilation->types, compilation->values, compilation->diagnostics);
  const p4_info::P4Info made = p4_info::make_p4_info(*compilation, tree);
  print_diagnostics(*compilation, options);
  if (!compilation->is_good()) {
    return exit_failed;
  }
  const std::string text = format == InfoFormat::Text   ? p4_info::to_text(made)
                           : format == InfoFormat::Json ? p4_info::to_json(made)
                                                        : p4_info::to_binary(made);
  if (output.empty()) {
    return print(text) ? exit_passed : exit_failed;
  }
  std::ofstream file(output, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) {
    std::fprintf(stderr, "outrigger p4 info: cannot write %s: %s\n", p4::printable(output).c_str(),
                 std::strerror(errno));
    return exit_failed;
  }
  return exit_passed;
}

}  // namespace outrigger::p4_cli
