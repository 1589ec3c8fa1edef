// inputs.cc: see inputs.h.
#include "p4_cli/inputs.h"

namespace outrigger::p4_cli {
namespace {

// v1model's ports are bit<9>, and 511 is the one to which dropped packets go; PSA's are bit<32>.
uint32_t port_max(const p4_ir::Program& program) {
  constexpr uint32_t v1model_port_max = 510;
  return program.architecture == "V1Switch" ? v1model_port_max : UINT32_MAX;
}

}  // namespace

Result<> check_ports(const p4_ir::Program& program, std::span<const PortFile> files, std::optional<uint32_t> port) {
  const uint32_t most = port_max(program);
  std::vector<PortFile> all(files.begin(), files.end());
  all.push_back({.port = port, .path = {}});
  for (const PortFile& file : all) {
    if (file.port.value_or(0) > most) {
      return fail(Code::OutOfRange, "there is no port {}: ports of {} are numbered up to {}", *file.port,
                  program.architecture, most);
    }
  }
  return {};
}

Result<std::vector<ReplayInput>> open_inputs(std::span<const PortFile> files, std::optional<uint32_t> port) {
  std::vector<ReplayInput> inputs;
  for (const PortFile& file : files) {
    OR_ASSIGN(auto reader, CaptureReader::open(file.path));
    inputs.push_back({.reader = std::move(reader), .port = file.port.has_value() ? file.port : port});
  }
  return inputs;
}

}  // namespace outrigger::p4_cli
