// nvme-tcp-target: one volume as the first namespace of one subsystem over NVMe/TCP, without the daemon around it: for
// profiling the data path and for tests of hosts. Serves until it is told to stop (SIGINT, SIGTERM).
#include "backend/file.h"
#include "block/memory_device.h"
#include "block/null_device.h"
#include "core/clock.h"
#include "core/reactor.h"
#include "nvme/directory.h"
#include "nvme/subsystem.h"
#include "nvme_tcp/directory_desk.h"
#include "nvme_tcp/target.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger {
namespace {

constexpr std::string_view usage = R"(nvme-tcp-target: serves one volume over NVMe/TCP and prints the port.

usage: nvme-tcp-target [--null | --memory BYTES | --file PATH] [--size BYTES] [--block-size N]
                       [--address A] [--port N] [--cores 0,1] [--control-core N] [--nqn NQN] [--spin-us N]
                       [--success-flag]

  --success-flag  say SUCCESS in the data also to hosts that want SQ flow control
)";

struct Command {
  std::string device = "null";
  std::string file;
  uint64_t size_bytes = 256ULL << 20;
  uint32_t block_size = 512;
  nvme_tcp::TargetOptions target;
  std::vector<int> cores;
  int control_core = -1;
  std::string nqn = "nqn.2026-11.outrigger:test";
  uint64_t spin_us = 50;
};

std::vector<int> parse_cores(const char* text) {
  std::vector<int> cores;
  for (char* at = nullptr; *text != '\0'; text = *at == ',' ? at + 1 : at) {
    cores.push_back(static_cast<int>(std::strtol(text, &at, 10)));
    if (at == text) {
      return {};
    }
  }
  return cores;
}

bool parse_value(std::string_view name, const char* value, Command& command) {
  if (name == "--memory") {
    command.device = "memory";
    command.size_bytes = std::strtoull(value, nullptr, 10);
  } else if (name == "--file") {
    command.device = "file";
    command.file = value;
  } else if (name == "--size") {
    command.size_bytes = std::strtoull(value, nullptr, 10);
  } else if (name == "--block-size") {
    command.block_size = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
  } else if (name == "--address") {
    command.target.address = value;
  } else if (name == "--port") {
    command.target.tcp_port = static_cast<uint16_t>(std::strtoul(value, nullptr, 10));
  } else if (name == "--cores") {
    command.cores = parse_cores(value);
    return !command.cores.empty();
  } else if (name == "--control-core") {
    command.control_core = std::atoi(value);
  } else if (name == "--nqn") {
    command.nqn = value;
  } else if (name == "--spin-us") {
    command.spin_us = std::strtoull(value, nullptr, 10);
  } else {
    return false;
  }
  return true;
}

bool parse(int argc, char** argv, Command& command) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--null") {
      command.device = "null";
    } else if (name == "--success-flag") {
      command.target.connection.always_uses_success_flag = true;
    } else if (i + 1 >= argc || !parse_value(name, argv[++i], command)) {
      return false;
    }
  }
  if (command.cores.empty()) {
    command.cores.push_back(-1);
  }
  return true;
}

Result<std::unique_ptr<block::Device>> make_device(const Command& command) {
  const uint64_t blocks = command.size_bytes / command.block_size;
  if (command.device == "memory") {
    OR_ASSIGN(auto memory,
              block::MemoryDevice::create("volume", {.block_size = command.block_size, .block_count = blocks}));
    return std::unique_ptr<block::Device>(std::move(memory));
  }
  if (command.device == "file") {
    backend::FileOptions options;
    options.path = command.file;
    options.block_size = command.block_size;
    OR_ASSIGN(auto file, backend::FileDevice::open("volume", options));
    return std::unique_ptr<block::Device>(std::move(file));
  }
  const block::Geometry geometry{.block_size = command.block_size, .block_count = blocks};
  return std::unique_ptr<block::Device>(std::make_unique<block::NullDevice>("volume", geometry));
}

Result<std::unique_ptr<core::Reactor>> make_reactor(std::string name, int cpu, uint64_t spin_us,
                                                    const core::Clock& clock) {
  core::ReactorOptions options;
  options.name = std::move(name);
  options.cpu = cpu;
  options.idle_spin_ns = spin_us * 1000;
  options.buffer_bytes = 4ULL << 20;
  return core::Reactor::create(std::move(options), clock);
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

core::Job<void> open(Service* service, const Command* command, block::Device* device,
                     std::promise<Result<void>>* opened) {
  auto subsystem = nvme::Subsystem::create(service->directory, {.nqn = command->nqn,
                                                                .serial = "OUTRIGGER0000001",
                                                                .model = "Outrigger",
                                                                .firmware = "0.1",
                                                                .nsid_max = 16,
                                                                .allows_any_host = true});
  if (!subsystem.has_value()) {
    opened->set_value(std::unexpected(subsystem.error()));
    co_return;
  }
  service->subsystem = std::move(*subsystem);
  nvme::NamespaceOptions options;
  options.uuid = {0x6f, 0x75, 0x74, 0x72, 0x69, 0x67, 0x47, 0x65, 0x92, 0x01, 1, 2, 3, 4, 5, 6};
  auto adding = service->subsystem->add_namespace(options, *device);
  const auto added = co_await adding;
  if (!added.has_value()) {
    opened->set_value(std::unexpected(added.error()));
    co_return;
  }
  auto target = nvme_tcp::Target::listen(service->groups, service->desk, command->target);
  if (!target.has_value()) {
    opened->set_value(std::unexpected(target.error()));
    co_return;
  }
  service->target = std::move(*target);
  service->subsystem->expose_at(service->target->port());
  opened->set_value({});
}

core::Job<void> close(Service* service, std::promise<void>* closed) {
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
  closed->set_value();
}

Result<void> serve(const Command& command) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const core::MonotonicClock clock;
  OR_ASSIGN(auto device, make_device(command));
  OR_ASSIGN(auto control, make_reactor("control", command.control_core, 0, clock));
  std::vector<std::unique_ptr<core::Reactor>> data;
  std::vector<core::Reactor*> data_pointers;
  for (const int cpu : command.cores) {
    OR_ASSIGN(auto reactor, make_reactor(fmt::format("data{}", data.size()), cpu, command.spin_us, clock));
    reactor->start();
    data_pointers.push_back(reactor.get());
    data.push_back(std::move(reactor));
  }
  auto service = std::make_unique<Service>(*control, data_pointers);
  control->start();
  std::promise<Result<void>> opened;
  control->post([&] { core::spawn(open(service.get(), &command, device.get(), &opened)); });
  const Result<void> outcome = opened.get_future().get();
  if (outcome.has_value()) {
    fmt::print("{}\n", service->target->tcp_port());
    std::fflush(stdout);
    int number = 0;
    ::sigwait(&signals, &number);
  }
  std::promise<void> closed;
  control->post([&] { core::spawn(close(service.get(), &closed)); });
  closed.get_future().get();
  control->stop();
  for (auto& reactor : data) {
    reactor->stop();
  }
  service.reset();
  return outcome;
}

}  // namespace
}  // namespace outrigger

int main(int argc, char** argv) {
  outrigger::Command command;
  if (!outrigger::parse(argc, argv, command)) {
    fmt::print(stderr, "{}", outrigger::usage);
    return 2;
  }
  const auto outcome = outrigger::serve(command);
  if (!outcome.has_value()) {
    fmt::print(stderr, "nvme-tcp-target: {}\n", outcome.error().what);
    return 1;
  }
  return 0;
}
