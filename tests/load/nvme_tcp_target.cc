// nvme-tcp-target: one volume as the first namespace of one subsystem over NVMe/TCP, without the daemon around it: for
// profiling the data path and for tests of hosts. Serves until it is told to stop (SIGINT, SIGTERM).
#include "load/command_line.h"
#include "load/machine.h"
#include "nvme/directory.h"
#include "nvme/host_security.h"
#include "nvme/subsystem.h"
#include "nvme_tcp/directory_desk.h"
#include "nvme_tcp/target.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger {
namespace {

constexpr std::string_view usage = R"(nvme-tcp-target: serves one volume over NVMe/TCP and prints the port.

usage: nvme-tcp-target [--null | --memory BYTES | --file PATH] [--size BYTES] [--block-size N]
                       [--address A] [--port N] [--cores 0,1] [--control-core N] [--nqn NQN] [--spin-us N]
                       [--success-flag] [--tls]

  --success-flag  say SUCCESS in the data also to hosts that want SQ flow control
  --tls           only with TLS, and only nvme-host-load --tls
)";

struct Command {
  load::VolumeOptions volume;
  load::MachineOptions machine;
  nvme_tcp::TargetOptions target;
  std::string nqn = "nqn.2026-11.outrigger:test";
  bool has_tls = false;
};

bool parse_value(std::string_view name, const char* value, Command& command) {
  if (name == "--memory") {
    command.volume.device = "memory";
    command.volume.size_bytes = std::strtoull(value, nullptr, 10);
  } else if (name == "--file") {
    command.volume.device = std::string("file:") + value;
  } else if (name == "--size") {
    command.volume.size_bytes = std::strtoull(value, nullptr, 10);
  } else if (name == "--block-size") {
    command.volume.block_size = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
  } else if (name == "--address") {
    command.target.address = value;
  } else if (name == "--port") {
    command.target.tcp_port = static_cast<uint16_t>(std::strtoul(value, nullptr, 10));
  } else if (name == "--cores") {
    command.machine.data_cpus = load::parse_cpus(value);
    return !command.machine.data_cpus.empty();
  } else if (name == "--control-core") {
    command.machine.control_cpu = std::atoi(value);
  } else if (name == "--nqn") {
    command.nqn = value;
  } else if (name == "--spin-us") {
    command.machine.spin_us = std::strtoull(value, nullptr, 10);
  } else {
    return false;
  }
  return true;
}

bool parse_flag(std::string_view name, Command& command) {
  if (name == "--null") {
    command.volume.device = "null";
  } else if (name == "--success-flag") {
    command.target.connection.always_uses_success_flag = true;
  } else if (name == "--tls") {
    command.has_tls = true;
  } else {
    return false;
  }
  return true;
}

bool parse(int argc, char** argv, Command& command) {
  return load::parse_words(
      argc, argv, [&](std::string_view name) { return parse_flag(name, command); },
      [&](std::string_view name, const char* value) { return parse_value(name, value, command); });
}

// All that lives on the control reactor.
struct Service {
  Service(core::Reactor& control_reactor, const std::vector<core::Reactor*>& cores)
      : control(control_reactor), groups(control, cores), directory(control, cores), desk(directory) {}
  core::Reactor& control;
  nvme_tcp::GroupSet groups;
  nvme::Directory directory;
  nvme_tcp::DirectoryDesk desk;
  std::unique_ptr<nvme::Subsystem> subsystem;
  std::unique_ptr<nvme_tcp::Target> target;
};

Result<void> allow_with_tls(nvme::Subsystem& subsystem) {
  OR_ASSIGN(auto psk, nvme_auth::ConfiguredPsk::parse(load::tls_psk));
  nvme::HostSecurity security{.tls_psk = std::move(psk), .requires_tls = true};
  return subsystem.allow_host(
      {.nqn = load::tls_hostnqn, .security = std::make_shared<const nvme::HostSecurity>(std::move(security))});
}

core::Job<void> open(Service* service, const Command* command, block::Device* device, Result<void>* outcome) {
  auto subsystem = nvme::Subsystem::create(service->directory, {.nqn = command->nqn,
                                                                .serial = "OUTRIGGER0000001",
                                                                .model = "Outrigger",
                                                                .firmware = "0.1",
                                                                .nsid_max = 16,
                                                                .allows_any_host = !command->has_tls});
  if (!subsystem.has_value()) {
    *outcome = std::unexpected(subsystem.error());
    co_return;
  }
  service->subsystem = std::move(*subsystem);
  nvme::NamespaceOptions options;
  options.uuid = {0x6f, 0x75, 0x74, 0x72, 0x69, 0x67, 0x47, 0x65, 0x92, 0x01, 1, 2, 3, 4, 5, 6};
  auto adding = service->subsystem->add_namespace(options, *device);
  const auto added = co_await adding;
  if (!added.has_value()) {
    *outcome = std::unexpected(added.error());
    co_return;
  }
  nvme_tcp::TargetOptions target_options = command->target;
  if (command->has_tls) {
    if (auto allowed = allow_with_tls(*service->subsystem); !allowed.has_value()) {
      *outcome = std::unexpected(allowed.error());
      co_return;
    }
    target_options.keys = &service->desk;
    target_options.requires_tls = true;
  }
  auto target = nvme_tcp::Target::listen(service->groups, service->desk, std::move(target_options));
  if (!target.has_value()) {
    *outcome = std::unexpected(target.error());
    co_return;
  }
  service->target = std::move(*target);
  service->subsystem->expose_at(service->target->port());
}

core::Job<void> close(Service* service) {
  if (service->target != nullptr) {
    service->subsystem->withdraw_from(service->target->port());
    auto closing = service->target->close();
    co_await closing;
    service->target.reset();
  }
  if (service->subsystem != nullptr) {
    auto closing = service->subsystem->close();
    co_await closing;
    service->subsystem.reset();
  }
}

Result<void> serve(const Command& command) {
  OR_ASSIGN(auto machine, load::Machine::create(command.machine));
  OR_ASSIGN(auto device, load::make_volume("volume", command.volume));
  auto service = std::make_unique<Service>(machine->control(), machine->data_cores());
  machine->start_control();
  Result<void> outcome;
  machine->run([&] { return open(service.get(), &command, device.get(), &outcome); });
  if (outcome.has_value()) {
    fmt::print("{}\n", service->target->tcp_port());
    std::fflush(stdout);
    machine->wait_for_signal();
  }
  machine->run([&] { return close(service.get()); });
  machine->stop();
  service.reset();
  return outcome;
}

}  // namespace
}  // namespace outrigger

int main(int argc, char** argv) {
  namespace program = outrigger;
  return outrigger::load::run_program<program::Command>(argc, argv, "nvme-tcp-target", program::usage, program::parse,
                                                        program::serve);
}
