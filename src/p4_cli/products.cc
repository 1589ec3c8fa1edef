// products.cc: P4Info, verified programs, files.
#include "p4_cli/products.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "p4_info/p4_info.h"
#include "p4_ir/verifier.h"

namespace outrigger::p4_cli {

std::optional<std::string> p4_info_of(p4::Compilation& compilation, InfoFormat format, bool has_locations) {
  p4::InstanceTree tree(compilation.program, compilation.types, compilation.values, compilation.diagnostics);
  const p4_info::P4Info made = p4_info::make_p4_info(compilation, tree, {.has_locations = has_locations});
  if (!compilation.is_good()) {
    return std::nullopt;
  }
  switch (format) {
    case InfoFormat::Text: return p4_info::to_text(made);
    case InfoFormat::Json: return p4_info::to_json(made);
    case InfoFormat::Binary: break;
  }
  return p4_info::to_binary(made);
}

bool is_sound(const p4_ir::Program& program, const std::string& verb) {
  const std::vector<std::string> findings = p4_ir::verify(program);
  for (const std::string& finding : findings) {
    std::fprintf(stderr, "outrigger p4 %s: the lowered program breaks a rule of its own (a fault of ours): %s\n",
                 verb.c_str(), finding.c_str());
  }
  return findings.empty();
}

bool write_file(const std::string& path, const std::string& bytes, const std::string& verb) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) {
    std::fprintf(stderr, "outrigger p4 %s: cannot write %s: %s\n", verb.c_str(), p4::printable(path).c_str(),
                 std::strerror(errno));
    return false;
  }
  return true;
}

}  // namespace outrigger::p4_cli
