// outrigger p4 info: P4Info, what the control plane needs to know of a program.
#include "p4_cli/products.h"

namespace outrigger::p4_cli {

int info(const std::string& program, InfoFormat format, bool has_locations, const std::string& output,
         const SourceOptions& options) {
  const auto compilation = load(program, options);
  if (compilation == nullptr) {
    return exit_failed;
  }
  const std::optional<std::string> text = p4_info_of(*compilation, format, has_locations);
  print_diagnostics(*compilation, options);
  if (!text.has_value()) {
    return exit_failed;
  }
  const bool is_done = output.empty() ? print(*text) : write_file(output, *text, "info");
  return is_done ? exit_passed : exit_failed;
}

}  // namespace outrigger::p4_cli
